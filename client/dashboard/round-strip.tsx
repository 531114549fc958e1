/** Past rounds to choose from: one column each, as high as the round was long. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { RoundRow } from '../../shared/protocol/dashboard.ts'
import { duration } from '../ui/format.ts'
import { second } from './clock.ts'
import { selectedRound } from './store.ts'
import { inSentence, roundTitle } from './words.ts'

export function RoundStrip({ rows, shown }: { rows: readonly RoundRow[]; shown: string }) {
  const strip = useRef<HTMLFieldSetElement>(null)
  const live = selectedRound.value === null
  const longest = Math.max(...rows.map((row) => length(row)))

  // While following, the newest stays in view; a window slides rather than jumps.
  useLayoutEffect(() => {
    if (live) strip.current?.scrollTo({ left: strip.current.scrollWidth })
  }, [live, rows.length])

  const choose = (at: number) => {
    const row = rows[at]
    if (row === undefined) return
    selectedRound.value = at === rows.length - 1 ? null : row.key
    strip.current?.querySelectorAll('button')[at]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = rows.findIndex((row) => row.key === shown)
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: rows.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    choose(to)
  }
  return (
    <div class="strip-row">
      <fieldset class="strip" ref={strip} onKeyDown={onKeyDown}>
        <legend class="visually-hidden">Rounds so far; arrow keys move</legend>
        {rows.map((row, at) => (
          <button
            key={row.key}
            type="button"
            class={`column ${row.state}`}
            aria-pressed={row.key === shown}
            aria-label={`${roundTitle(row)}, ${row.state}${why(row)}`}
            title={`${roundTitle(row)}: ${row.state}, ${duration(length(row))}${why(row)}`}
            // One stop for the Tab key; arrows go on from there.
            tabIndex={row.key === shown ? 0 : -1}
            onClick={() => choose(at)}
          >
            {row.state === 'abandoned' && <b aria-hidden="true">×</b>}
            <i style={{ height: `${Math.max(8, (length(row) / longest) * 100)}%` }} />
          </button>
        ))}
      </fieldset>
      {live ? (
        <span class="small soft">following the latest</span>
      ) : (
        <button type="button" class="quiet" onClick={() => choose(rows.length - 1)}>
          Back to the latest
        </button>
      )}
    </div>
  )
}

function why(row: RoundRow): string {
  return row.reason === '' ? '' : `. ${inSentence(row.reason)}`
}

function length(row: RoundRow): number {
  return Math.max(1, (row.endedAt ?? second.value) - row.startedAt)
}
