/** The chosen examples at a glance: some of them, how many of each class, and how they are split. */
import { useRef } from 'preact/hooks'
import { classesOf } from '../../../../shared/datasets/schema.ts'
import type { JobInfo } from '../../../../shared/protocol/participant.ts'
import { count, plural } from '../../../ui/format.ts'
import type { DataPreview, ParticipantView } from '../../view.ts'
import { Fault } from '../fault.tsx'
import { Spinner } from '../spinner.tsx'
import { Histogram } from './histogram.tsx'
import { Thumbnail } from './thumbnail.tsx'
import './preview.css'

export function Preview({ view, job, wanted }: { view: ParticipantView; job: JobInfo; wanted: boolean }) {
  // While other data are read the last preview stays, pale, so that the page does not jump.
  const last = useRef<DataPreview | null>(null)
  const data = view.data.value
  if (data.status === 'ready') last.current = data.preview
  if (!wanted) return null
  if (data.status === 'failed') return <Fault error={data.error} testid="problem" />
  const shown = last.current
  const classes = classesOf(job.data)
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
          <Spinner>Reading your examples</Spinner>
        )}
        <div class="thumbnails">
          {shown?.samples.pictures.map((picture, i) => (
            <Thumbnail
              key={i}
              pixels={picture.pixels}
              width={shown.samples.width}
              height={shown.samples.height}
              channels={shown.samples.channels}
              label={classes[picture.label] ?? String(picture.label)}
            />
          ))}
        </div>
      </div>
      {shown && shown.histogram.length > 0 ? <Histogram counts={shown.histogram} classes={classes} /> : null}
    </div>
  )
}
