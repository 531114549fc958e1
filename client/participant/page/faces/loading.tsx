/** Before the coordinator has said what there is to do. */
import type { Participant } from '../../view.ts'
import { Fault } from '../fault.tsx'
import { Spinner } from '../spinner.tsx'
import './loading.css'

export function Loading({ participant }: { participant: Participant }) {
  const { connection, problem } = participant.view
  const error = problem.value
  // Only a coordinator that does not answer is asked again; one that says no has answered.
  const trying = error === null || error.code.startsWith('network/')
  const lost = error !== null || connection.value === 'reconnecting'
  return (
    <section class="section stack">
      <h1 class="figure">Train together</h1>
      {error ? <Fault error={error} testid="problem" /> : null}
      {trying ? (
        <>
          <Spinner>{lost ? 'Trying again' : 'Asking the coordinator what there is to do'}</Spinner>
          <p class={lost ? '' : 'late'}>
            This page keeps trying by itself. If it takes long: is the coordinator running, and is this device on the
            same network?
          </p>
        </>
      ) : null}
    </section>
  )
}
