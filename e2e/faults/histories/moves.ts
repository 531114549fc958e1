/** Random moves of a coordinator's history. Which tab or task one means is picked when it is played. */
import fc from 'fast-check'
import { type JobConfig, type JobConfigInput, parseJobConfig } from '../../../shared/jobs/config.ts'
import { digitsJob } from '../../../shared/jobs/templates.ts'
import type { Trap } from './disk.ts'
import type { Path } from './tab.ts'
import { WRONGS, type Wrong } from './update.ts'

export type Which = 'current' | 'old' | 'foreign'

export type Move =
  | { readonly do: 'join'; readonly train: number; readonly wants: boolean }
  | { readonly do: 'lose' | 'come' | 'leave' | 'hang' | 'decline' | 'progress'; readonly tab: number }
  | { readonly do: 'reload'; readonly tab: number; readonly train: number | null }
  | { readonly do: 'copy'; readonly tab: number; readonly during: boolean }
  | { readonly do: 'want'; readonly tab: number; readonly wants: boolean }
  | {
      readonly do: 'answer'
      readonly tab: number
      readonly which: Which
      readonly pick: number
      readonly path: Path
      readonly wrong: Wrong | null
      readonly variant: number
    }
  | { readonly do: 'nonsense'; readonly tab: number; readonly pick: number }
  | { readonly do: 'command'; readonly command: 'start' | 'pause' | 'resume' | 'stop' | 'more' }
  | { readonly do: 'time'; readonly ms: number }
  /** `step`: what the next clock says more than this one; less than 0 where it was set back. */
  | { readonly do: 'crash'; readonly step: number }
  | { readonly do: 'trap'; readonly trap: Trap }
  | { readonly do: 'together'; readonly moves: readonly Move[] }

const tab = fc.nat({ max: 5 })
const train = fc.integer({ min: 1, max: 8 })
const simply = <T extends Move['do']>(...kinds: readonly T[]) =>
  fc.record({ do: fc.constantFrom(...kinds), tab }) as fc.Arbitrary<Move>

const rightAnswer: fc.Arbitrary<Move> = fc.record({
  do: fc.constant('answer' as const),
  tab,
  which: fc.constant('current' as const),
  pick: fc.nat({ max: 9 }),
  path: fc.constantFrom<Path>('whole', 'whole', 'whole', 'whole', 'order', 'twice', 'half'),
  wrong: fc.constant<Wrong | null>(null),
  variant: fc.nat({ max: 3 }),
})
const oddAnswer: fc.Arbitrary<Move> = fc.record({
  do: fc.constant('answer' as const),
  tab,
  which: fc.constantFrom<Which>('current', 'old', 'old', 'foreign'),
  pick: fc.nat({ max: 9 }),
  path: fc.constantFrom<Path>('whole', 'order', 'short', 'half', 'twice'),
  wrong: fc.constantFrom<Wrong | null>(null, null, ...WRONGS),
  variant: fc.nat({ max: 3 }),
})
const comes: fc.Arbitrary<Move> = simply('come')
const crash: fc.Arbitrary<Move> = fc.record({
  do: fc.constant('crash' as const),
  step: fc.constantFrom(0, 1, 1000, -1, -3_600_000),
})
const trap: fc.Arbitrary<Move> = fc
  .record({ skip: fc.nat({ max: 6 }), how: fc.constantFrom<Trap['how']>('before', 'after', 'before', 'after', 'fail') })
  .map((of) => ({ do: 'trap', trap: of }))

const single: fc.Arbitrary<Move> = fc.oneof(
  { weight: 30, arbitrary: rightAnswer },
  { weight: 15, arbitrary: oddAnswer },
  { weight: 12, arbitrary: comes },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('join' as const), train, wants: fc.constantFrom(true, true, false) }),
  },
  { weight: 5, arbitrary: simply('lose') },
  { weight: 4, arbitrary: simply('leave', 'hang', 'decline', 'progress') },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reload' as const), tab, train: fc.option(train) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), tab, during: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('want' as const), tab, wants: fc.constantFrom(true, true, false) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('nonsense' as const), tab, pick: fc.nat({ max: 30 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('command' as const),
      command: fc.constantFrom('start', 'start', 'pause', 'resume', 'resume', 'stop', 'more'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(1, 250, 3000, 16_000, 31_000, 600_000),
    }),
  },
)

export const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 18, arbitrary: single },
  { weight: 1, arbitrary: crash },
  { weight: 3, arbitrary: trap },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('together' as const),
      moves: fc.array(fc.oneof({ weight: 5, arbitrary: single }, { weight: 1, arbitrary: crash }), {
        minLength: 2,
        maxLength: 3,
      }),
    }),
  },
)

export const config: fc.Arbitrary<JobConfig> = fc
  .record({
    seed: fc.nat({ max: 1000 }),
    rounds: fc.constantFrom(1, 2, 3, 4),
    minClients: fc.integer({ min: 1, max: 3 }),
    extra: fc.option(fc.integer({ min: 0, max: 1 })),
    overSelection: fc.constantFrom(1, 1, 1.5, 2),
    sampler: fc.constantFrom('uniform', 'least-recent'),
    minExamples: fc.constantFrom(1, 1, 3),
    validationSplit: fc.constantFrom(0, 0.2),
    maxAbandonedAttempts: fc.integer({ min: 2, max: 4 }),
    autoStart: fc.constantFrom(true, true, false),
  })
  .map(({ extra, minExamples, ...rest }) => {
    const job: JobConfigInput = {
      ...digitsJob,
      ...rest,
      demoData: { source: 'none' },
      deadlineSeconds: 30,
      graceSeconds: 5,
      clientsPerRound: extra === null ? null : rest.minClients + extra,
      eligibility: { minExamples },
    }
    return parseJobConfig(job, 'the job')
  })
