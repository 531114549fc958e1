/** What protects a job's participants, and what does not, in sentences that follow from its settings. */
import type { JobConfig } from '../../../shared/jobs/config.ts'
import type { Manifest } from '../../../shared/jobs/manifest.ts'
import { flatLength } from '../../../shared/tensors/layout.ts'

/**
 * Every setting of a job, and whether it bears on privacy. One that is added does not compile until somebody has said here what
 * it means: a card must not claim a protection that there is not, nor conceal one.
 */
const BEARING: { readonly [K in keyof JobConfig]: 'privacy' | null } = {
  name: null,
  description: null,
  workflow: 'privacy',
  model: null,
  data: null,
  loss: null,
  metrics: 'privacy',
  localEpochs: null,
  batchSize: null,
  optimizer: null,
  classWeights: null,
  validationSplit: null,
  rounds: null,
  minClients: 'privacy',
  clientsPerRound: null,
  overSelection: null,
  sampler: null,
  eligibility: null,
  deadlineSeconds: null,
  graceSeconds: null,
  maxAbandonedAttempts: null,
  seed: null,
  demoData: null,
  autoStart: null,
  retention: null,
  limits: 'privacy',
}

export interface CardPrivacy {
  readonly differentialPrivacy: false
  readonly secureAggregation: false
  /** What bears on it of the job's settings, as they are. */
  readonly settings: Readonly<Partial<JobConfig>>
  readonly statements: readonly string[]
}

export function privacyOf(config: JobConfig, { layout }: Manifest): CardPrivacy {
  const bearing = Object.entries(config).filter(([name]) => BEARING[name as keyof JobConfig] === 'privacy')
  return {
    differentialPrivacy: false,
    secureAggregation: false,
    settings: Object.fromEntries(bearing),
    statements: [
      'Examples stay in the participants’ tabs. They are read, trained on and scored there.',
      `In each round a tab sends the change of its ${flatLength(layout).toLocaleString('en')} weights, the number of its examples, its loss and ${config.metrics.join(', ')}, timings, and what it computes on.`,
      'There is no differential privacy: no noise is added, so weights may bear traces of single examples.',
      'There is no secure aggregation: the coordinator sees each update by itself before it is summed, and stores none.',
      `An update longer than ${config.limits.maxNorm} (Euclidean), or with a change of a weight beyond ${config.limits.maxElement}, is refused. That is a check against faults, not a protection of the participants.`,
    ],
  }
}
