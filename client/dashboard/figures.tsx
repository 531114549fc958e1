/** The sums of the job in one line: who is here, what was moved, what was lost. */
import type { ComponentChildren } from 'preact'
import { bytes, count, plural } from '../ui/format.ts'
import { clients, job } from './store.ts'
import { dropoutTotal, present } from './summary.ts'

export function Figures() {
  const row = job.value
  if (row === null) return null
  const here = present(clients.value)
  const left = clients.value.length - here
  const { gone, declined, rejected, cutOff } = row.dropouts
  const reasons = [
    [gone, 'left in mid-round'],
    [declined, 'declined'],
    [rejected, 'refused'],
    [cutOff, 'cut off when their attempt ended'],
  ].flatMap(([n, what]) => (n === 0 ? [] : [`${n} ${what}`]))
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
      <Fact label="Dropouts" value={count(dropoutTotal(row.dropouts))}>
        {reasons.join(', ') || 'every task was answered'}
      </Fact>
    </dl>
  )
}

function Fact({ label, value, children }: { label: string; value: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <b>{value}</b> <span class="small soft">{children}</span>
      </dd>
    </div>
  )
}
