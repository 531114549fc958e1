/** One version's row: what it is, how good it is, and its files. */
import type { VersionRow } from '../../shared/protocol/dashboard.ts'
import { ago, bytes, count, exact, plural } from '../ui/format.ts'
import { formatMetric, infoOf } from '../ui/metric-words.ts'
import { fileName } from './file-name.ts'
import { numberOf, scoreOf } from './summary.ts'

interface VersionCellsProps {
  readonly row: VersionRow
  readonly job: string
  /** What versions are compared by. */
  readonly metric: string
  readonly best: boolean
  readonly latest: boolean
  readonly second: number
}

export function VersionCells({ row, job, metric, best, latest, second }: VersionCellsProps) {
  const score = scoreOf(row)
  const value = numberOf(score, metric)
  const who = scores(row)
  const made = row.updates === 0 ? 'as initialised' : plural(row.updates, 'update')
  return (
    <>
      <th scope="row">
        <span class="row">
          <b>{row.version}</b>
          {latest && <span class="pill">latest</span>}
          {best && <span class="pill river">best</span>}
        </span>
        <span
          class="small soft"
          title={`${exact(row.createdAt)}, from ${count(row.examples)} examples; sha256 ${row.digest}`}
        >
          {made} · {ago(row.createdAt, second)}
        </span>
      </th>
      <td class="number" title={who}>
        {score === null ? (
          <span class="soft">measuring</span>
        ) : value === null ? (
          '–'
        ) : (
          <b>{formatMetric(metric, value)}</b>
        )}
      </td>
      <td class="number loss" title={who}>
        {score === null || score.loss === null ? '–' : score.loss.toFixed(3)}
      </td>
      <td>{row.kept ? <Files row={row} name={fileName(`${job} v${row.version}`)} /> : <NotKept />}</td>
    </>
  )
}

function Files({ row, name }: { readonly row: VersionRow; readonly name: string }) {
  const at = `/api/models/${row.digest}`
  return (
    <>
      <a href={`${at}/model.safetensors`} download={`${name}.safetensors`} title={`${bytes(row.bytes)}, all weights`}>
        safetensors
      </a>{' '}
      ·{' '}
      <a href={`${at}/model.json`} title="Give this address to tf.loadLayersModel: the weights lie beside it">
        tfjs
      </a>
      <br />
      <a
        href={`${at}/card.md`}
        download={`${name}-card.md`}
        title="What it is, how it was trained, how good it is and what protects its participants, as Markdown"
      >
        card
      </a>{' '}
      ·{' '}
      <a href={at} title="What the version is made of: layout, parent and digests, as JSON">
        manifest
      </a>
    </>
  )
}

function NotKept() {
  return (
    <span
      class="soft"
      title="The job’s retention has deleted this version’s weights to save room. The latest version’s files are always there."
    >
      not kept
    </span>
  )
}

/** Every score of a version in words, for the one that the table has no room for. */
function scores(row: VersionRow): string {
  return [['test data', row.test] as const, ['the clients’ own data', row.clients] as const]
    .flatMap(([on, score]) => {
      if (score === null) return []
      const metrics = Object.entries(score.metrics).map(
        ([name, value]) => `${infoOf(name).label} ${formatMetric(name, value)}`,
      )
      const loss = score.loss === null ? [] : [`loss ${score.loss.toFixed(3)}`]
      return [`On ${count(score.examples)} examples of ${on}: ${[...metrics, ...loss].join(', ')}`]
    })
    .join('. ')
}
