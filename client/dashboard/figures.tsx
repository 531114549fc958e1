/** The sums of the job in one line: who is here, what was moved, what was lost and what came back. */
import type { ComponentChildren } from 'preact'
import { bytes, count, plural } from '../ui/format.ts'
import { abandonedRounds, dropouts, REASONS } from './faults.ts'
import { clients, job, rounds } from './store.ts'
import { present } from './summary.ts'
import { BAR_STATE } from './words.ts'

export function Figures() {
  const row = job.value
  if (row === null) return null
  const here = present(clients.value)
  const left = clients.value.length - here
  const abandoned = abandonedRounds(rounds.value)
  const lost = dropouts(row, rounds.value)
  const reasons = REASONS.flatMap((reason) => {
    const n = lost.byReason[reason]
    return n === 0 ? [] : [`${count(n)} ${BAR_STATE[reason]}`]
  })
  return (
    <dl class="figures">
      <Fact label="Clients here" value={count(here)}>
        {here < row.minClients ? `${row.minClients} needed for a round` : left > 0 ? `${count(left)} left` : ''}
      </Fact>
      <Fact label="Updates received" value={bytes(row.bytesUp)}>
        {row.updateBytes > 0 && `${bytes(row.updateBytes)} each`}
      </Fact>
      <Fact label="Models sent" value={bytes(row.bytesDown)}>
        {row.parameters > 0 && plural(row.parameters, 'parameter')}
      </Fact>
      <Fact label="Abandoned rounds" value={count(abandoned.length)} testId="abandoned-count">
        {abandoned.length === 0 ? 'none so far' : <Why>of {plural(rounds.value.length, 'attempt')}</Why>}
      </Fact>
      <Fact label="Drop-outs" value={count(lost.total)} testId="dropout-count">
        {lost.total === 0 ? 'every task was answered' : <Why>{reasons.join(', ')}</Why>}
      </Fact>
      <Fact label="Connections resumed" value={count(row.sessionsResumed)} testId="resumed-count">
        {row.sessionsResumed === 0 ? 'none so far' : 'lost for a while, then back'}
      </Fact>
    </dl>
  )
}

interface FactProps {
  readonly label: string
  readonly value: string
  readonly testId?: string
  readonly children: ComponentChildren
}

function Fact({ label, value, testId, children }: FactProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <b data-testid={testId}>{value}</b> <span class="small soft">{children}</span>
      </dd>
    </div>
  )
}

/** Leads to the panel that tells why. */
function Why({ children }: { readonly children: ComponentChildren }) {
  return (
    <>
      {children} ·{' '}
      <a class="nowrap" href="#interruptions">
        see why
      </a>
    </>
  )
}
