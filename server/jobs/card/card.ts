/** What is known of one version of a model, from its manifest and the coordinator's records alone. Pure. */
import { classesOf, inputOf, targetsOf } from '../../../shared/datasets/schema.ts'
import type { Manifest } from '../../../shared/jobs/manifest.ts'
import { countingSettings } from '../../../shared/jobs/optimizer.ts'
import { elements, type TensorRole } from '../../../shared/tensors/layout.ts'
import type { VersionRecord } from '../../storage/records.ts'
import type { CardFacts } from './facts.ts'
import { limitationsOf } from './limitations.ts'
import { privacyOf } from './privacy.ts'

export type CardVersion = Pick<
  VersionRecord,
  'version' | 'round' | 'createdAt' | 'updates' | 'examples' | 'test' | 'clients'
>

export type ModelCard = ReturnType<typeof modelCard>

export function modelCard(facts: CardFacts) {
  const { job, manifest, digest, versions, contributors, software } = facts
  const { config } = job
  const rows = versions.map(rowOf)
  const own = rows.at(-1)
  return {
    format: 'tributary-model-card/1',
    writtenBy: software,
    model: {
      preset: 'preset' in config.model ? config.model.preset : null,
      /** Whether it is of Keras’ layers, and no mere tensors. */
      ofLayers: !('tensors' in config.model),
      tensors: manifest.layout.length,
      /** Numbers, by what becomes of them in training. */
      weights: {
        trained: countOf(manifest, 'trained'),
        statistic: countOf(manifest, 'statistic'),
        frozen: countOf(manifest, 'frozen'),
      },
      frozenLayers: config.model.frozen,
      /** null where only the clients' own programs know. */
      input: config.data.kind === 'own' ? null : inputOf(config.data),
      output: config.data.kind === 'own' ? null : targetsOf(config.data),
      classes: classesOf(config.data),
    },
    version: {
      number: manifest.version,
      createdAt: own?.createdAt ?? null,
      bytes: manifest.params.bytes + (manifest.base?.bytes ?? 0),
      /** On the coordinator's test data; null where it has none, or has not tested it. */
      test: own?.test ?? null,
      /** On the clients' own validation splits, as they told it. */
      clients: own?.clients ?? null,
    },
    job: {
      id: job.id,
      name: config.name,
      description: config.description,
      createdAt: job.createdAt,
      /** Of the whole job, which may have gone on since this version. */
      state: job.state,
      roundsPlanned: job.rounds,
    },
    training: {
      workflow: config.workflow,
      rounds: manifest.version,
      /** Updates and examples in all rounds together: whoever takes part in two rounds counts twice. */
      updates: sum(rows, 'updates'),
      examples: sum(rows, 'examples'),
      contributors,
      loss: config.loss,
      localEpochs: config.localEpochs,
      batchSize: config.batchSize,
      optimizer: countingSettings(config.optimizer, config.rounds),
      classWeights: config.classWeights,
      validationSplit: config.validationSplit,
      seed: config.seed,
    },
    aggregation: {
      minClients: config.minClients,
      clientsPerRound: config.clientsPerRound,
      overSelection: config.overSelection,
      sampler: config.sampler,
      eligibility: config.eligibility,
      limits: config.limits,
    },
    data: config.data,
    testData: config.demoData.source,
    metrics: config.metrics,
    versions: rows,
    privacy: privacyOf(config, manifest),
    provenance: {
      manifest: digest,
      parent: manifest.parent,
      topology: manifest.topology,
      parameters: manifest.params.digest,
      frozenParameters: manifest.base?.digest ?? null,
      initialWeights: manifest.initial,
    },
    limitations: limitationsOf(facts),
  }
}

function rowOf({ version, round, createdAt, updates, examples, test, clients }: VersionRecord): CardVersion {
  return { version, round, createdAt, updates, examples, test, clients }
}

function countOf({ layout }: Manifest, role: TensorRole): number {
  return layout.filter((tensor) => tensor.role === role).reduce((n, { shape }) => n + elements(shape), 0)
}

function sum(rows: readonly CardVersion[], of: 'updates' | 'examples'): number {
  return rows.reduce((n, row) => n + row[of], 0)
}
