/** The chosen examples at a glance: some of them, how many of each class, and how they are split. */
import { useRef } from 'preact/hooks'
import { classesOf } from '../../../../shared/datasets/schema.ts'
import { count, percent, plural } from '../../../ui/format.ts'
import type { PageJob } from '../../page-job.ts'
import type { DataPreview, DataState, ParticipantView } from '../../view.ts'
import { Fault } from '../fault.tsx'
import { Spinner } from '../spinner.tsx'
import { Histogram } from './histogram.tsx'
import { ReadReport } from './read-report.tsx'
import { Samples } from './samples.tsx'
import { variedWords } from './varied-words.ts'
import './preview.css'

/** More classes than this are no picture. */
const MOST_BARS = 100

export function Preview({ view, job, wanted }: { view: ParticipantView; job: PageJob; wanted: boolean }) {
  // While other data are read the last preview stays, pale, so that the page does not jump.
  const last = useRef<DataPreview | null>(null)
  const data = view.data.value
  if (data.status === 'ready') last.current = data.preview
  if (!wanted) return null
  if (data.status === 'failed') return <Fault error={data.error} testid="problem" />
  const shown = last.current
  const classes = classesOf(job.data)
  const varied = job.data.kind === 'images' ? variedWords(job.data.augment) : ''
  const reading = data.status !== 'ready'
  return (
    <div class={`preview ${reading ? 'preview-old' : ''}`} data-testid="data-preview" aria-busy={reading}>
      <div>
        {data.status === 'ready' ? (
          <p class="small">
            {plural(data.preview.train + data.preview.validation, 'example')}:{' '}
            <span class="soft">
              {count(data.preview.train)} to train on, {count(data.preview.validation)} to check with
            </span>
          </p>
        ) : (
          <Spinner>{readingWords(data)}</Spinner>
        )}
        {shown ? <Samples samples={shown.samples} classes={classes} /> : null}
        {shown && varied !== '' ? <p class="small soft">{varied}</p> : null}
        {shown?.report ? <ReadReport report={shown.report} /> : null}
      </div>
      {shown && shown.histogram.length > 0 && shown.histogram.length <= MOST_BARS ? (
        <Histogram counts={shown.histogram} classes={classes} />
      ) : null}
    </div>
  )
}

function readingWords(data: DataState): string {
  const progress = data.status === 'reading' ? data.progress : null
  if (!progress) return 'Reading your examples'
  return `Reading your examples: ${percent(progress.fraction, 0)}, ${count(progress.examples)} so far`
}
