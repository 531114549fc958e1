/** Digits drawn by this tab. Everyone's handwriting differs, as everyone's real data would. */
import { count } from '../../../ui/format.ts'
import { MAX_WRITER } from '../kiosk.ts'
import { randomWhole, type Setup } from '../setup.ts'

const SIZES = [200, 600, 1500, 3000]

export function Handwriting({ setup }: { setup: Setup }) {
  const examples = setup.examples.value
  // A link may have asked for a size of its own.
  const sizes = SIZES.includes(examples) ? SIZES : [...SIZES, examples].sort((a, b) => a - b)
  return (
    <div class="row">
      <label class="row">
        <span class="soft">Examples</span>
        <select
          value={examples}
          onChange={(event) => {
            setup.examples.value = Number(event.currentTarget.value)
          }}
        >
          {sizes.map((size) => (
            <option key={size} value={size}>
              {count(size)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        onClick={() => {
          setup.writer.value = randomWhole(Math.random, MAX_WRITER)
        }}
      >
        Another handwriting
      </button>
      <span class="small soft">This one is number {count(setup.writer.value)}.</span>
    </div>
  )
}
