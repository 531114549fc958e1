/** The job's metric and the loss by version. */
import { useMemo } from 'preact/hooks'
import { Chart, type ChartSeries } from '../ui/chart.tsx'
import { count, percent } from '../ui/format.ts'
import { formatMetric, isShare, titleOf } from '../ui/metric-words.ts'
import { job, mainMetric, versions } from './store.ts'
import { numberOf } from './summary.ts'

/** Above this many planned rounds, the axis follows the data instead of showing the whole plan. */
const PLAN_SHOWN = 200

export function Curves() {
  const rows = versions.value
  const planned = job.value?.rounds ?? 0
  const latest = rows.at(-1)?.version ?? 0
  const tested = job.value?.testData ?? null
  const main = mainMetric.value
  const { x, metric, loss } = useMemo(() => {
    const by = (name: string): ChartSeries[] => {
      const test = rows.map((v) => numberOf(v.test, name))
      const own = rows.map((v) => numberOf(v.clients, name))
      const line = { label: 'test data', colour: 'var(--river)', values: test, filled: name !== 'loss' }
      const clients = { label: 'clients’ own', colour: 'var(--ink-soft)', values: own, thin: true, dashed: true }
      // Without test data the clients' score is the model's, and gets the river's line.
      return tested === null ? [{ ...line, label: 'clients’ own', values: own }] : [line, clients]
    }
    return { x: rows.map((v) => v.version), metric: by(main), loss: by('loss') }
  }, [rows, tested === null, main])

  const xEnd = Math.max(1, latest, planned <= PLAN_SHOWN ? planned : latest * 1.1)
  const xRange = useMemo((): [number, number] => [0, xEnd], [xEnd])
  return (
    <div class="curves">
      <Chart
        title={titleOf(main)}
        xLabel="version"
        x={x}
        series={metric}
        xRange={xRange}
        yRange={isShare(main) ? WHOLE : undefined}
        formatX={count}
        formatY={isShare(main) ? formatShare : (value) => formatMetric(main, value)}
        height={250}
        syncKey="versions"
        zoomable
      />
      <Chart
        title="Loss"
        xLabel="version"
        x={x}
        series={loss}
        xRange={xRange}
        formatX={count}
        formatY={formatLoss}
        height={250}
        syncKey="versions"
      />
      <p class="caption">
        Each committed round makes one version of the model.{' '}
        {tested === null
          ? 'The coordinator has no test data: clients score each version on the part of their data that they do not train on.'
          : `“Test data” is the coordinator’s own (${tested.name}); “clients’ own” is what clients measure on the part of their data that they do not train on.`}
      </p>
    </div>
  )
}

const WHOLE = [0, 1] as const

function formatShare(value: number): string {
  return Number.isInteger(value * 100) ? percent(value, 0) : percent(value)
}

function formatLoss(value: number): string {
  return value === 0 ? '0' : value < 0.1 ? value.toFixed(3) : value.toFixed(2)
}
