/** What the model makes of the drawing: a bar for each class, the likeliest marked. */
import { percent } from '../../../ui/format.ts'
import './probabilities.css'

export function Probabilities({ classes, values }: { classes: readonly string[]; values: readonly number[] | null }) {
  const best = values ? values.indexOf(Math.max(...values)) : -1
  return (
    <ol class="probabilities" aria-label="Probability of each class">
      {classes.map((name, i) => {
        const value = values?.[i] ?? 0
        return (
          <li key={name} class={i === best ? 'probability-best' : ''} data-testid="probability">
            <span>{name}</span>
            <span class="probability-track" aria-hidden="true">
              <span style={{ transform: `scaleX(${value})` }} />
            </span>
            <span>{values ? percent(value, 0) : '–'}</span>
          </li>
        )
      })}
    </ol>
  )
}
