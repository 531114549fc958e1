/** Step 1: choose what to train on, and see it. */
import type { PageJob } from '../../page-job.ts'
import type { ParticipantView } from '../../view.ts'
import type { Setup } from '../setup.ts'
import { CameraCapture, DrawingCapture } from './capture.tsx'
import { Columns } from './columns.tsx'
import { Files } from './files.tsx'
import { Handwriting } from './handwriting.tsx'
import { Part } from './part.tsx'
import { Preview } from './preview.tsx'
import { SourceChoice } from './source.tsx'
import './step.css'

export function DataStep({ view, job, setup }: { view: ParticipantView; job: PageJob; setup: Setup }) {
  return (
    <section class="section stack" aria-labelledby="step-data">
      <h2 id="step-data" class="section-title">
        <span class="step">1</span> Your data
      </h2>
      <SourceChoice job={job} source={setup.source} />
      <Chosen view={view} job={job} setup={setup} />
      <Preview view={view} job={job} wanted={setup.choice.value !== null} />
      <Columns view={view} setup={setup} />
    </section>
  )
}

function Chosen({ view, job, setup }: { view: ParticipantView; job: PageJob; setup: Setup }) {
  const source = setup.source.value
  switch (source) {
    case 'synthetic-digits':
      return <Handwriting setup={setup} />
    case 'partition':
      return <Part job={job} setup={setup} />
    case 'files':
      return <Files view={view} job={job} setup={setup} />
    case 'camera':
      return job.data.kind === 'images' ? <CameraCapture schema={job.data} setup={setup} /> : null
    case 'drawing':
      return job.data.kind === 'images' ? <DrawingCapture schema={job.data} setup={setup} /> : null
    default:
      return source satisfies never
  }
}
