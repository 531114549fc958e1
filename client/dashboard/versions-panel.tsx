/** The model's versions, newest first, each to be taken away. */
import { bytes } from '../ui/format.ts'
import { titleOf } from '../ui/metric-words.ts'
import { useWindow } from '../ui/use-window.ts'
import { second } from './clock.ts'
import { job, mainMetric, versions } from './store.ts'
import { bestVersion } from './summary.ts'
import { VersionCells } from './version-cells.tsx'

const ROW_HEIGHT = 58

export function VersionsPanel() {
  const rows = versions.value
  const total = rows.length
  const { ref, first, last } = useWindow(total, ROW_HEIGHT)
  const best = bestVersion(rows, mainMetric.value)
  const size = rows[0] === undefined ? '' : `, ${bytes(rows[0].bytes)} large`
  const newestFirst = Array.from({ length: last - first }, (_, i) => rows[total - 1 - first - i])
  return (
    <section class="panel versions" aria-labelledby="versions-title">
      <div class="panel-head">
        <h2 id="versions-title">Versions</h2>
        <span class="small soft">newest first</span>
      </div>
      <p class="caption">
        Each committed round makes one{size}. “safetensors” opens in Python, “tfjs” in TensorFlow.js; “card” tells what
        it is.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="table-scroll" ref={ref} tabIndex={0} aria-labelledby="versions-title">
        <table class="rows tall" data-testid="versions-table" aria-rowcount={total + 1}>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col" class="number">
                {titleOf(mainMetric.value)}
              </th>
              <th scope="col" class="number loss">
                Loss
              </th>
              <th scope="col">Download</th>
            </tr>
          </thead>
          <tbody>
            <tr class="spacer" style={{ height: `${first * ROW_HEIGHT}px` }} />
            {newestFirst.map(
              (row, i) =>
                row !== undefined && (
                  <tr
                    key={row.version}
                    data-testid="version-row"
                    data-version={row.version}
                    aria-rowindex={first + i + 2}
                  >
                    <VersionCells
                      row={row}
                      job={job.value?.name ?? 'model'}
                      metric={mainMetric.value}
                      best={row.version === best}
                      latest={first + i === 0}
                      second={second.value}
                    />
                  </tr>
                ),
            )}
            <tr class="spacer" style={{ height: `${(total - last) * ROW_HEIGHT}px` }} />
          </tbody>
        </table>
      </section>
    </section>
  )
}
