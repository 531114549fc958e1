/** The page once there is a job: choosing, then training, then the end; the pad is always there. */
import { useMemo } from 'preact/hooks'
import type { ErrorInfo } from '../../../shared/errors/error.ts'
import type { JobInfo } from '../../../shared/protocol/participant.ts'
import { isForPages, type PageJob } from '../page-job.ts'
import type { Participant } from '../view.ts'
import { Curves } from './curves/curves.tsx'
import { DataStep } from './data/step.tsx'
import { Ended } from './faces/ended.tsx'
import { Finished } from './faces/finished.tsx'
import { Left } from './faces/left.tsx'
import { Fault } from './fault.tsx'
import { ForPrograms } from './for-programs.tsx'
import { Intro } from './intro.tsx'
import { JoinStep } from './join/step.tsx'
import type { Kiosk } from './kiosk.ts'
import { Leaves } from './leaves.tsx'
import { LinkProblems } from './link-problems.tsx'
import { recall } from './memory.ts'
import { Mine } from './mine.tsx'
import { NoticeBox } from './notice.tsx'
import { Try } from './pad/try.tsx'
import { createSetup } from './setup.ts'
import { type Stage, stageOf } from './stage.ts'
import { Now } from './training/now.tsx'
import { useConduct } from './use-conduct.ts'
import './job-page.css'

interface Props<Job> {
  readonly participant: Participant
  readonly kiosk: Kiosk
  readonly job: Job
}

export function JobPage({ participant, kiosk, job }: Props<JobInfo>) {
  return isForPages(job) ? (
    <TakingPart participant={participant} kiosk={kiosk} job={job} />
  ) : (
    <ForPrograms view={participant.view} job={job} />
  )
}

function TakingPart({ participant, kiosk, job }: Props<PageJob>) {
  const { view } = participant
  const setup = useMemo(() => {
    const made = createSetup(job, kiosk, recall())
    if (view.notice.peek()?.kind === 'files-again') made.source.value = 'files'
    return made
  }, [])
  useConduct(participant, setup, kiosk)
  const stage = stageOf(job, view.membership.value)
  const problem = view.problem.value
  const { data: schema } = job
  const problems = [...kiosk.problems, ...setup.problems]

  return (
    <>
      {problem ? <Fault error={problem} testid="problem" {...passing(problem, stage)} /> : null}
      <NoticeBox notice={view.notice.value} stage={stage} />
      {stage === 'choosing' ? (
        <>
          {view.membership.value === 'left' ? <Left contribution={view.contribution.value} /> : null}
          <Intro job={job} />
          <Leaves job={job} />
          {problems.length > 0 ? <LinkProblems problems={problems} /> : null}
          <DataStep view={view} job={job} setup={setup} />
          <JoinStep participant={participant} setup={setup} />
        </>
      ) : null}
      {stage === 'training' ? <Now participant={participant} job={job} /> : null}
      {stage === 'finished' ? <Finished job={job} contribution={view.contribution.value} /> : null}
      {stage === 'ended' ? <Ended job={job} contribution={view.contribution.value} /> : null}
      <div class={`section ${stage === 'choosing' ? '' : 'beside'}`}>
        {stage === 'choosing' ? null : <Curves view={view} job={job} />}
        {schema.kind === 'images' && schema.channels === 1 ? (
          <Try participant={participant} job={job} schema={schema} />
        ) : null}
        {stage === 'training' ? <Mine participant={participant} job={job} /> : null}
      </div>
    </>
  )
}

/** While one takes part, what goes wrong concerns one round; the next is another try. */
function passing({ code }: ErrorInfo, stage: Stage): { passes?: string } {
  if (stage !== 'training' || code === 'protocol/malformed') return {}
  return { passes: 'This round goes on without this tab, which takes part again in the next.' }
}
