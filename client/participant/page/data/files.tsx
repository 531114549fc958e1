/** The participant's own IDX files. They are read in this tab, and only here. */
import { useSignal } from '@preact/signals'
import { classesOf, describe } from '../../../../shared/datasets/schema.ts'
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { count } from '../../../ui/format.ts'
import type { Setup } from '../setup.ts'
import { sortFiles } from './sort-files.ts'
import './files.css'

export function Files({ job, setup }: { job: JobInfo; setup: Setup }) {
  const over = useSignal(false)

  function take(files: readonly File[]) {
    const sorted = sortFiles(files)
    if (sorted.images) setup.images.value = sorted.images
    if (sorted.labels) setup.labels.value = sorted.labels
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the file inputs inside do the same.
    <div
      class={`files stack ${over.value ? 'files-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault()
        over.value = true
      }}
      onDragLeave={() => {
        over.value = false
      }}
      onDrop={(event) => {
        event.preventDefault()
        over.value = false
        take([...(event.dataTransfer?.files ?? [])])
      }}
    >
      <p class="small soft">
        Two files in MNIST’s format, IDX: one of pictures, one of labels, as they are or as .gz. This job takes{' '}
        {describe(job.data)} and labels from 0 to {count(classesOf(job.data).length - 1)}. Choose them, or drop both
        here.
      </p>
      <div class="files-inputs">
        <FileField name="Pictures" hint="train-images-idx3-ubyte" chosen={setup.images} />
        <FileField name="Labels" hint="train-labels-idx1-ubyte" chosen={setup.labels} />
      </div>
    </div>
  )
}

function FileField({ name, hint, chosen }: { name: string; hint: string; chosen: Setup['images'] }) {
  return (
    <label class="field">
      <span>
        {name}, such as {hint}
      </span>
      <input
        type="file"
        onChange={(event) => {
          chosen.value = event.currentTarget.files?.[0] ?? chosen.value
        }}
      />
      {chosen.value ? <strong>{chosen.value.name}</strong> : null}
    </label>
  )
}
