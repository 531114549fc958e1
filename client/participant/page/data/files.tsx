/** The participant's own files. They are read in this tab, and only here. */
import { batch, useSignal } from '@preact/signals'
import type { TargetedEvent } from 'preact'
import type { DataSchema } from '../../../../shared/protocol/data.ts'
import { count, plural } from '../../../ui/format.ts'
import type { PageJob } from '../../page-job.ts'
import type { ChosenFile, ParticipantView } from '../../view.ts'
import type { Setup } from '../setup.ts'
import { chosenOf, droppedOf } from './dropped.ts'
import { Keep } from './keep.tsx'
import './files.css'

interface Props {
  readonly view: ParticipantView
  readonly job: PageJob
  readonly setup: Setup
}

export function Files({ view, job, setup }: Props) {
  const over = useSignal(false)
  // The inputs say by themselves what was chosen in them.
  const dropped = useSignal(false)
  const unread = useSignal('')
  const chosen = setup.files.value
  const take = (files: readonly ChosenFile[]) => {
    if (files.length > 0)
      batch(() => {
        setup.files.value = files
        setup.mapping.value = {}
        setup.question.value = null
      })
  }
  const choose = (event: TargetedEvent<HTMLInputElement>) => {
    dropped.value = false
    take(chosenOf(event.currentTarget.files))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the file inputs inside do the same.
    <div
      class={`files stack ${over.value ? 'files-over' : ''}`}
      data-testid="files"
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
        dropped.value = true
        unread.value = ''
        droppedOf(event.dataTransfer).then(take, () => {
          unread.value = 'What was dropped cannot be read. Choose it with one of the two buttons.'
        })
      }}
    >
      <p class="small soft">{demand(job.data)} Choose them, or drop them here.</p>
      <div class="files-inputs">
        <label class="field">
          <span>Files, or a .zip</span>
          <input type="file" multiple data-testid="choose-files" onChange={choose} />
        </label>
        {hasFolders(job.data) ? (
          <label class="field">
            <span>A folder</span>
            <input
              type="file"
              ref={(input) => input?.setAttribute('webkitdirectory', '')}
              data-testid="choose-folder"
              onChange={choose}
            />
          </label>
        ) : null}
      </div>
      {unread.value === '' ? null : <p class="problem">{unread.value}</p>}
      <Keep view={view} setup={setup} />
      {dropped.value && chosen.length > 0 ? <p>{summary(chosen)}</p> : null}
    </div>
  )
}

function hasFolders(schema: DataSchema): boolean {
  return schema.kind === 'images' || (schema.kind === 'text' && schema.classes.length > 0)
}

/** What this job takes, and in which formats. */
function demand(schema: DataSchema): string {
  const { classes } = schema
  switch (schema.kind) {
    case 'images': {
      const [from, to] = [classes[0], classes.at(-1)]
      return `A folder with a folder of pictures for each class, named as the classes are (${from} … ${to}); or MNIST’s format, IDX (.gz too), one file of pictures and one of labels from 0 to ${count(classes.length - 1)}; CIFAR’s .bin; NumPy’s x.npy and y.npy. Pictures are made ${schema.width} × ${schema.height}.`
    }
    case 'table':
      return `A table as CSV, TSV, JSONL or Parquet, with the columns ${schema.columns.map(({ name }) => name).join(', ')} and ${schema.target}${classes.length > 0 ? `, which is ${classes.join(' or ')}` : ''}.`
    case 'text':
      return classes.length > 0
        ? `Texts with a class each (${classes.join(', ')}): a table as CSV, JSONL or Parquet with the columns text and label, or a folder of .txt for each class.`
        : 'Any text, as .txt; or a table as CSV, JSONL or Parquet with a column text.'
    default:
      return schema satisfies never
  }
}

function summary(files: readonly ChosenFile[]): string {
  if (files.length <= 3) return files.map(({ path }) => path).join(', ')
  const folder = files[0]?.path.includes('/') ? ` in ${files[0].path.split('/')[0]}` : ''
  return `${plural(files.length, 'file')}${folder}`
}
