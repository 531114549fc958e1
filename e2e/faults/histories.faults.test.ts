/**
 * Random histories of a whole coordinator (gateway, job, workflow, store) with tabs that come, go, lag, lie and repeat
 * themselves, and with its sudden end at any write, against an independent book (histories/book.ts).
 */
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { counts, evidence } from '../../shared/testing.ts'
import { config, type Move, move } from './histories/moves.ts'
import { Story } from './histories/story.ts'

/** Client ids are random; a history must be the same when it is played again. */
const ids = vi.hoisted(() => ({ next: 0 }))
vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomBytes: (length: number) => {
    const bytes = Buffer.alloc(length)
    bytes.writeUInt32BE(ids.next++)
    return bytes
  },
}))

const { histories } = counts({ reduced: { histories: 300 }, full: { histories: 20_000 } })
/** The histories are worth something only if all of this happened often. */
const MUST_BE_SEEN = [
  'crash',
  'committed',
  'opened to train',
  'opened to evaluate',
  'recorded as abandoned',
  'joined',
  'joined again under its id',
  'resumed',
  'back, and has its task',
  'behind, and given its task',
  'task again',
  'cancelled',
  'declined',
  'receipt: accepted',
  'receipt: duplicate',
  'receipt: stale',
  'receipt: rejected',
  'settled: committed',
  'settled: abandoned',
  'crash before putAttempt',
  'crash after putAttempt',
  'crash before commitVersion',
  'crash before put',
  'crash before putJob',
  'fails fail putAttempt',
  'command: pause',
  'command: stop',
  'command: more',
]
const PEOPLE = [
  { train: 4, wants: true },
  { train: 7, wants: true },
  { train: 3, wants: true },
]

it(`R1–R9, U1, A1, A3: hold in ${histories} random histories of a coordinator and its tabs`, async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(config, fc.array(move, { maxLength: 40, size: 'max' }), async (job, moves: readonly Move[]) => {
      ids.next = 0
      const story = await Story.begin(job, PEOPLE)
      for (const one of moves) await story.play(one)
      await story.runOut()
      await story.audit()
      for (const [what, times] of story.book.seen) seen.set(what, (seen.get(what) ?? 0) + times)
    }),
    { numRuns: histories, seed: 20_260_102 },
  )
  for (const what of MUST_BE_SEEN) expect(seen.get(what), what).toBeGreaterThan(histories / 1000)
  evidence('histories', { histories }, Object.fromEntries(seen))
})
