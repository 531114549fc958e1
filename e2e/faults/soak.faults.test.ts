/**
 * Many clients that come and go over many rounds: every round ends, nothing counts twice, and the coordinator keeps
 * nothing of those who have gone. The coordinator is a process of its own, so what is measured is its memory alone.
 */
import { expect, it } from 'vitest'
import { random } from '../../shared/random/random.ts'
import { counts, evidence, full } from '../../shared/testing.ts'
import { Churn } from './churn.ts'
import { pause } from './pause.ts'
import { COLLECTING, CoordinatorProcess, swarmJob, VITALS, type Vitals } from './process.ts'
import { wrongVersions } from './replay.ts'
import { roundFaults } from './round-faults.ts'

const COUNTS = counts({
  // A few rounds say little of memory: caches are still filling. They do show a gross leak.
  reduced: { clients: 30, rounds: 9, sampleEvery: 3, leaving: 0.3, rssMayGrow: 0.5 },
  full: { clients: 300, rounds: 200, sampleEvery: 20, leaving: 0.3, rssMayGrow: 0.1 },
})

const SETTLE_MS = 2000
/** Connections that HTTP clients keep open are closed by the coordinator after 5 s. */
const EMPTY_MS = 20_000

interface Sample extends Vitals {
  readonly round: number
}

it('A2, R2, R9: clients come and go for hours, and the coordinator stays as it was', async ({ onTestFinished }) => {
  const { clients, rounds } = COUNTS
  const coordinator = await CoordinatorProcess.start(
    onTestFinished,
    swarmJob({
      rounds,
      minClients: Math.ceil(clients / 4),
      clientsPerRound: Math.ceil(clients / 2),
      overSelection: 1.3,
      deadlineSeconds: 60,
      graceSeconds: 1,
      maxAbandonedAttempts: 1000,
      autoStart: false,
      // They are computed again at each sample, and no longer needed then.
      retention: { last: COUNTS.sampleEvery + 2, every: null },
    }),
    // They all come from this machine, and a third of them anew in each round.
    { env: COLLECTING, args: ['--clients-per-address', `${10 * clients}`] },
  )
  const { now } = coordinator
  await now.until('the board', () => true)
  await pause(SETTLE_MS)
  const before = VITALS ? await coordinator.vitals() : null
  const workMs = (index: number, { round }: { round: number }) => random(2, 'work', index, round).uniform(50, 400)
  const churn = new Churn({ url: now.url, seed: 3, size: clients, leaving: COUNTS.leaving, withinMs: 600, workMs })
  onTestFinished(() => churn.empty())
  await churn.fill()

  const samples: Sample[] = []
  let checked = 0
  const since = performance.now()
  await now.command('start')
  for (let round = 1; round <= rounds; round++) {
    churn.turn(round)
    await now.until(`round ${round}`, ({ job }) => job.round >= round, 120_000)
    if (round % COUNTS.sampleEvery !== 0) continue
    if (round < rounds) {
      await now.command('pause')
      await now.until('the pause', ({ job }) => job.state === 'paused')
    }
    await churn.settled()
    await pause(SETTLE_MS)
    const look = await now.until('a look', () => true)
    expect(await wrongVersions(now, look, churn.indices, checked), 'R4, A1').toEqual([])
    checked = look.job.round
    if (VITALS) samples.push({ round: checked, ...(await coordinator.vitals()) })
    // A run of hours should show how it goes.
    if (full()) process.stdout.write(`${JSON.stringify(samples.at(-1))}\n`)
    await now.command('resume')
  }
  const seconds = Math.round((performance.now() - since) / 1000)
  const board = await now.until('the end', ({ job }) => job.state === 'finished')
  expect(roundFaults(board)).toEqual([])
  expect(await wrongVersions(now, board, churn.indices, checked), 'R4, A1').toEqual([])
  await churn.empty()
  expect(churn.problems.filter((problem) => !ORDINARY.test(problem))).toEqual([])

  const after = before && (await emptied(coordinator, before))
  const result = {
    seconds,
    secondsPerRound: Math.round((seconds / rounds) * 100) / 100,
    ...churn.totals,
    abandoned: board.rounds.filter((row) => row.state === 'abandoned').length,
    before: before && { ...before },
    samples: samples.map((sample) => ({ ...sample })),
    after: after && { ...after },
  }
  if (before && after) {
    expect(after.fds, 'file descriptors that were opened for clients are closed').toBeLessThanOrEqual(before.fds)
    expect(after.handles, 'and nothing of theirs is active').toBeLessThanOrEqual(before.handles)
    expect(after.resources).toBeLessThanOrEqual(before.resources)
    const [first, last] = [samples[0], samples.at(-1)]
    expect(last?.rssMiB, `RSS at round ${last?.round} against round ${first?.round}`).toBeLessThan(
      (first?.rssMiB ?? 0) * (1 + COUNTS.rssMayGrow),
    )
  }
  evidence('soak', COUNTS, result)
})

/** What a session meets in passing: a task that ended without it, a download that its leaving broke off. */
const ORDINARY = /^(round\/stale|training\/cancelled|network\/unreachable)/

/** The process once nobody is there any more: as soon as it holds as little as before, or after EMPTY_MS. */
async function emptied(coordinator: CoordinatorProcess, before: Vitals): Promise<Vitals> {
  const until = performance.now() + EMPTY_MS
  for (;;) {
    const vitals = await coordinator.vitals()
    const { fds, handles, resources } = vitals
    const asBefore = fds <= before.fds && handles <= before.handles && resources <= before.resources
    if (asBefore || performance.now() > until) return vitals
    await pause(500)
  }
}
