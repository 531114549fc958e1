/** One part of the coordinator's demo data, divided so that each tab can train on another. */
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { count } from '../../../ui/format.ts'
import { randomWhole, type Setup } from '../setup.ts'

export function Part({ job, setup }: { job: JobInfo; setup: Setup }) {
  return (
    <div class="row">
      <label class="row">
        <span class="soft">Part</span>
        <input
          type="number"
          min={1}
          max={job.partitions}
          value={setup.part.value}
          onChange={(event) => {
            const wanted = Math.round(event.currentTarget.valueAsNumber)
            const part = Math.min(job.partitions, Math.max(1, wanted || 1))
            event.currentTarget.value = String(part)
            setup.part.value = part
          }}
        />
        <span>of {count(job.partitions)}</span>
      </label>
      <button
        type="button"
        disabled={job.partitions < 2}
        onClick={() => {
          // Never the same part again: pick among the others.
          const other = randomWhole(Math.random, job.partitions - 1)
          setup.part.value = other < setup.part.value ? other : other + 1
        }}
      >
        Another part
      </button>
      <span class="small soft">It is loaded from the coordinator, into this tab.</span>
    </div>
  )
}
