/** A job's local optimizer: what may be said of it, and what it comes to with all defaults filled in. */
import * as z from 'zod'
import type { OptimizerName, OptimizerSettings } from '../protocol/participant.ts'

const NAMES = ['sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'adagrad', 'rmsprop'] as const satisfies OptimizerName[]

/** Which optimizers an option is for. */
const FOR = {
  momentum: ['momentum', 'nesterov', 'rmsprop'],
  beta1: ['adam', 'adamw'],
  beta2: ['adam', 'adamw'],
  rho: ['rmsprop'],
  epsilon: ['adam', 'adamw', 'adagrad', 'rmsprop'],
} as const satisfies Readonly<Record<string, readonly OptimizerName[]>>

const below1 = z.number().min(0).lt(1)

/** Times are in rounds, so that tasks of any length go through the same schedule. */
const scheduleSchema = z
  .strictObject({
    /** step: multiplied by `factor` after each period. cosine: falls to `factor` of itself over one period. */
    kind: z.enum(['constant', 'step', 'cosine']).default('constant'),
    /** In rounds; null: all rounds of the job. */
    period: z.number().positive().max(1_000_000).nullable().default(null),
    /** Where it is left out: 0.1 for step, 0 for cosine. */
    factor: z.number().min(0).max(1).optional(),
    /** Rounds in which the learning rate rises to its value from 0. */
    warmUp: z.number().min(0).max(1_000_000).default(0),
  })
  .refine((s) => s.kind !== 'constant' || (s.period === null && s.factor === undefined), {
    path: ['kind'],
    message: 'is constant, which has neither a period nor a factor: make it step or cosine',
  })
  .refine((s) => s.kind !== 'step' || s.period !== null, {
    path: ['period'],
    message: 'say after how many rounds each step comes',
  })

export const optimizerConfigSchema = z
  .strictObject({
    name: z.enum(NAMES).default('sgd'),
    learningRate: z.number().positive().max(100).default(0.1),
    momentum: below1.optional(),
    beta1: below1.optional(),
    beta2: below1.optional(),
    rho: below1.optional(),
    epsilon: z.number().min(1e-12).max(1).optional(),
    /** For adamw decoupled (its paper's λ), for all others an L2 penalty: λ times the weight is added to its gradient. */
    weightDecay: z.number().min(0).max(10).optional(),
    /** The largest Euclidean norm of all gradients together. */
    clipNorm: z.number().positive().max(1e6).nullable().default(null),
    /** The largest magnitude of one element of a gradient. */
    clipValue: z.number().positive().max(1e6).nullable().default(null),
    schedule: scheduleSchema.prefault({}),
  })
  .refine(({ clipNorm, clipValue }) => clipNorm === null || clipValue === null, {
    path: ['clipValue'],
    message: 'gradients are clipped by their norm or by their values: leave one of clipNorm and clipValue out',
  })
  .superRefine((optimizer, context) => {
    for (const [option, names] of Object.entries(FOR) as [keyof typeof FOR, readonly string[]][]) {
      if (optimizer[option] === undefined || names.includes(optimizer.name)) continue
      const message = `only the optimizers ${names.join(', ')} take it`
      context.addIssue({ code: 'custom', path: [option], message })
    }
  })

export type OptimizerConfig = z.infer<typeof optimizerConfigSchema>

/**
 * With every number that it needs: a client knows no defaults. Those are tfjs' and Keras' (momentum 0.9, β₁ 0.9, β₂ 0.999,
 * ρ 0.9, ε 10⁻⁷), and the weight decay of adamw's authors' code (0.01). `rounds`: the job's.
 */
export function optimizerSettings(config: OptimizerConfig, rounds: number): OptimizerSettings {
  const { name, learningRate, clipNorm, clipValue, schedule } = config
  return {
    name,
    learningRate,
    momentum: config.momentum ?? (name === 'rmsprop' ? 0 : 0.9),
    beta1: config.beta1 ?? 0.9,
    beta2: config.beta2 ?? 0.999,
    rho: config.rho ?? 0.9,
    epsilon: config.epsilon ?? 1e-7,
    weightDecay: config.weightDecay ?? (name === 'adamw' ? 0.01 : 0),
    clipNorm,
    clipValue,
    schedule: {
      kind: schedule.kind,
      period: schedule.period ?? rounds,
      factor: schedule.factor ?? (schedule.kind === 'step' ? 0.1 : 0),
      warmUp: schedule.warmUp,
    },
  }
}

/** Of all its settings those that count: an optimizer has its own options only, and what is not set does nothing. */
export function countingSettings(config: OptimizerConfig, rounds: number): Partial<OptimizerSettings> {
  const settings = optimizerSettings(config, rounds)
  const idle = (option: string, value: unknown) => {
    if (option in FOR) return !(FOR[option as keyof typeof FOR] as readonly OptimizerName[]).includes(settings.name)
    if (option === 'schedule') return settings.schedule.kind === 'constant' && settings.schedule.warmUp === 0
    return value === null || (option === 'weightDecay' && value === 0)
  }
  return Object.fromEntries(Object.entries(settings).filter(([option, value]) => !idle(option, value)))
}
