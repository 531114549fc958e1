/** Where the examples come from. Only what this job can use is offered. */
import type { Signal } from '@preact/signals'
import type { PageJob } from '../../page-job.ts'
import type { Source } from '../memory.ts'
import { offersHandwriting } from '../setup.ts'
import './source.css'

interface Option {
  readonly source: Source
  readonly name: string
  readonly hint: string
}

export function SourceChoice({ job, source }: { job: PageJob; source: Signal<Source> }) {
  return (
    <fieldset class="sources" data-testid="data-source">
      <legend class="visually-hidden">Where your examples come from</legend>
      {options(job).map((option) => (
        <label key={option.source} class="source">
          <input
            type="radio"
            name="source"
            value={option.source}
            checked={source.value === option.source}
            onChange={() => {
              source.value = option.source
            }}
          />
          <span>
            {option.name}
            <span class="small soft source-hint">{option.hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function options(job: PageJob): Option[] {
  const found: Option[] = []
  if (offersHandwriting(job)) {
    found.push({ source: 'synthetic-digits', name: 'Built-in handwriting', hint: 'drawn here, in a style of your own' })
  }
  if (job.partitions > 0) {
    const hint = job.partitionSource ? `of ${job.partitionSource}` : 'of the coordinator’s demo data'
    found.push({ source: 'partition', name: 'A part of the demo data', hint })
  }
  found.push({ source: 'files', name: 'My own files', hint: 'of this machine; they stay here' })
  if (job.data.kind === 'images') {
    found.push({ source: 'camera', name: 'The camera', hint: 'pictures taken here; they stay here' })
    if (job.data.channels === 1) found.push({ source: 'drawing', name: 'Draw them', hint: 'by hand, on this page' })
  }
  return found
}
