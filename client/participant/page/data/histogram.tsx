/** How many examples of each class there are: bars to look at, a sentence each to hear. */
import { count } from '../../../ui/format.ts'
import './histogram.css'

const MAX_LABELS = 20

export function Histogram({ counts, classes }: { counts: readonly number[]; classes: readonly string[] }) {
  const most = Math.max(1, ...counts)
  const every = Math.ceil(classes.length / MAX_LABELS)
  return (
    <figure class="histogram" data-testid="histogram">
      <figcaption class="small soft">Examples of each class, up to {count(most)}</figcaption>
      <ul style={{ '--classes': classes.length }}>
        {classes.map((name, i) => {
          const n = counts[i] ?? 0
          return (
            <li key={name} title={`${name}: ${count(n)}`}>
              <span class="histogram-bar" style={{ height: `${(n / most) * 100}%` }} aria-hidden="true" />
              <span class="small" aria-hidden="true">
                {i % every === 0 ? name : ''}
              </span>
              <span class="visually-hidden">
                {name}: {count(n)}
              </span>
            </li>
          )
        })}
      </ul>
    </figure>
  )
}
