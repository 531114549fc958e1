import type { JobConfig } from '../../shared/jobs/config.ts'
import { trainSettings } from '../../shared/jobs/settings.ts'
import type { VersionRow } from '../../shared/protocol/dashboard.ts'
import type { JobInfo } from '../../shared/protocol/participant.ts'
import { flatLength } from '../../shared/tensors/layout.ts'
import type { Workflow } from '../workflows/workflow.ts'
import type { DemoData } from './demo-data.ts'
import type { ModelFrame } from './versions.ts'

/** Versions whose scores travel with every change of the job. */
const HISTORY = 200

/** What participants are told of a job. */
export function jobInfo(
  id: string,
  config: JobConfig,
  frame: ModelFrame,
  workflow: Workflow,
  clients: number,
  versions: readonly VersionRow[],
  demo: DemoData,
): JobInfo {
  const { state, reason, held } = workflow.state()
  return {
    id,
    name: config.name,
    description: config.description,
    state,
    reason,
    held,
    round: workflow.round,
    rounds: workflow.rounds,
    clients,
    minClients: config.minClients,
    version: workflow.version.number,
    model: workflow.version.digest,
    topology: frame.topologyDigest,
    updateBytes: flatLength(frame.layout) * 4,
    settings: trainSettings(config, config.seed),
    data: config.data,
    validationSplit: config.validationSplit,
    history: versions.slice(-HISTORY).flatMap(({ version, test, clients: own }) => {
      const score = test ?? own
      return score ? [{ version, metric: score.metrics[config.metrics[0] ?? ''] ?? null, loss: score.loss }] : []
    }),
    partitions: demo.partitions,
    partitionSource: demo.partitionSource,
    syntheticSeed: config.seed,
  }
}
