/** Drop-outs by what their clients were doing: a bar for each phase, its pieces the reasons. */
import { count, plural } from '../ui/format.ts'
import { type DropoutReason, type Dropouts, PHASES, type PhaseDropouts, REASONS } from './faults.ts'
import { BAR_STATE, DROPOUT_REASON } from './words.ts'

export function DropoutPicture({ dropouts }: { readonly dropouts: Dropouts }) {
  const longest = Math.max(1, ...PHASES.map((phase) => dropouts.byPhase[phase].total))
  const unknown = PHASES.reduce((n, phase) => n + dropouts.byPhase[phase].unknown, 0)
  return (
    <div class="dropouts" data-testid="dropout-picture">
      <ul class="phases">
        {PHASES.map((phase) => {
          const row = dropouts.byPhase[phase]
          return (
            <li key={phase} data-testid="dropout-phase" data-phase={phase} data-count={row.total} title={why(row)}>
              <span>{BAR_STATE[phase]}</span>
              <span class="phase-track" aria-hidden="true">
                {pieces(row).map(([kind, n]) => (
                  <i key={kind} class={`piece ${kind}`} style={{ width: `${(n / longest) * 100}%` }} />
                ))}
              </span>
              <b class={row.total === 0 ? 'soft' : ''}>{count(row.total)}</b>
              <span class="visually-hidden">{why(row)}</span>
            </li>
          )
        })}
      </ul>
      <ul class="legend" aria-label="Drop-outs by reason">
        {REASONS.filter((reason) => dropouts.byReason[reason] > 0).map((reason) => (
          <li key={reason}>
            <i class={`piece ${reason}`} /> {`${count(dropouts.byReason[reason])} ${DROPOUT_REASON[reason]}`}
          </li>
        ))}
        {unknown > 0 && (
          <li>
            <i class="piece unknown" /> long ago, reason not kept
          </li>
        )}
      </ul>
    </div>
  )
}

function pieces(row: PhaseDropouts): [DropoutReason | 'unknown', number][] {
  const all: [DropoutReason | 'unknown', number][] = [
    ...REASONS.map((reason): [DropoutReason, number] => [reason, row.byReason[reason]]),
    ['unknown', row.unknown],
  ]
  return all.filter(([, n]) => n > 0)
}

function why(row: PhaseDropouts): string {
  const known = REASONS.filter((reason) => row.byReason[reason] > 0).map(
    (reason) => `${count(row.byReason[reason])} ${DROPOUT_REASON[reason]}`,
  )
  return [...known, ...(row.unknown > 0 ? [`${plural(row.unknown, 'drop-out')} whose reason is not kept`] : [])].join(
    ', ',
  )
}
