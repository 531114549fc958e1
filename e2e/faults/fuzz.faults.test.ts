/**
 * Hostile clients by the thousand, beside five honest ones that train all the while. The coordinator runs at its default
 * limits: each hostile client has an address of its own, as behind a proxy, since a machine's one address would be shut
 * after ten of them; some share the honest clients' address nevertheless.
 *
 * Only honest clients and those meant to be invited are eligible. Of what the invited ones send, one thing is valid
 * (subnormal weights): it counts, and is known, so every version can be computed again bit for bit.
 */
import { describe, expect, it } from 'vitest'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import { counts, evidence } from '../../shared/testing.ts'
import { attack, scout } from './fuzz-attack.ts'
import { FuzzCoordinator } from './fuzz-coordinator.ts'
import { HealthWatch } from './fuzz-health.ts'
import { disturbances, roundTimes } from './fuzz-honest.ts'
import { KNOWN_FAULTS, type KnownFault } from './fuzz-known.ts'
import { Ledger, table } from './fuzz-ledger.ts'
import { ELIGIBLE } from './fuzz-messages.ts'
import { wrongVersionsOf } from './fuzz-replay.ts'
import { pause } from './pause.ts'
import { swarmJob } from './process.ts'
import { roundFaults } from './round-faults.ts'
import { enterSwarm } from './swarm.ts'

const HONEST = 5
const COUNTS = counts({
  reduced: {
    seed: 1,
    messages: 3000,
    calmRounds: 5,
    workMs: 80,
    width: 6,
    silent: 0,
    neighbours: 10,
    rssMayGrowMiB: 200,
  },
  full: {
    seed: 2,
    messages: 100_000,
    calmRounds: 40,
    workMs: 250,
    width: 8,
    silent: 20,
    neighbours: 25,
    rssMayGrowMiB: 300,
  },
})

/** A busy machine may let it wait a while; a loop that is blocked by a message would do so for longer. */
const HEALTHY_MS = 5000

const JOB: JobConfigInput = {
  ...digitsJob,
  ...swarmJob({
    rounds: 100_000,
    minClients: HONEST,
    eligibility: ELIGIBLE,
    graceSeconds: 1,
    autoStart: false,
    // Each version is computed again at the end.
    retention: { last: 1_000_000 },
  }),
}

describe('hostile clients', () => {
  it('disturb no honest one, and each refusal has its code', async ({ onTestFinished }) => {
    const coordinator = await FuzzCoordinator.start(onTestFinished, JOB)
    const { board, url } = coordinator
    const clients = await enterSwarm(HONEST, { url, workMs: () => COUNTS.workMs })
    onTestFinished(async () => {
      await Promise.all(clients.map((client) => client.leave()))
    })
    const honest = new Map(clients.map(({ id, index }) => [id ?? '', index] as const))
    await coordinator.command('start')
    await board.until('calm rounds', ({ job }) => job.round >= COUNTS.calmRounds)
    const before = coordinator.vitals()
    const calmUntil = board.committed.length
    const target = await scout(coordinator, new Set(honest.keys()))

    const health = new HealthWatch(url)
    const since = performance.now()
    const ledger = await attack(target, COUNTS, () => coordinator.over !== null)
    const seconds = Math.round((performance.now() - since) / 1000)
    await health.end()
    expect(coordinator.over, 'the coordinator lives').toBeNull()
    const attackUntil = board.committed.length
    await board.until('calm rounds again', ({ job }) => job.round >= attackUntil + COUNTS.calmRounds)
    await coordinator.command('pause')
    await board.until('the pause', ({ job }) => job.state === 'paused')
    // The last rows are told a moment later.
    await pause(500)

    expect(coordinator.faults, 'errors in its log').toEqual([])
    expect(ledger.wrong, 'answers without a code or a sentence').toEqual([])
    expect(ledger.total).toBeGreaterThanOrEqual(COUNTS.messages)
    expect(disturbances(clients, honest, coordinator)).toEqual([])
    const rows = board.committed
    expect(roundFaults({ ...board.now, rounds: rows })).toEqual([])
    expect(
      await wrongVersionsOf(coordinator, honest),
      'A1: versions that are not what their updates amount to',
    ).toEqual([])
    expect(health.problems).toEqual([])
    expect(Math.max(...health.times), 'the longest wait for /healthz in ms').toBeLessThan(HEALTHY_MS)
    const after = await emptied(coordinator, before?.fds ?? 0)
    if (before && after) {
      expect(after.fds, 'what was open for hostile clients is closed').toBeLessThanOrEqual(before.fds + 5)
      expect(after.rssMiB, `RSS, ${before.rssMiB} MiB before`).toBeLessThan(before.rssMiB + COUNTS.rssMayGrowMiB)
    }

    const calm = roundTimes([...rows.slice(0, calmUntil), ...rows.slice(attackUntil)])
    const attacked = roundTimes(rows.slice(calmUntil, attackUntil))
    evidence(
      'fuzz',
      { ...COUNTS, honest: HONEST },
      {
        seconds,
        messages: ledger.total,
        rounds: rows.length,
        roundMs: { calm, attacked, ratio: Math.round((attacked.median / calm.median) * 100) / 100 },
        healthMs: { longest: Math.max(...health.times), asked: health.times.length },
        before,
        after,
        lives: table(ledger.lives),
        sent: table(ledger.sent),
        outcomes: table(ledger.outcomes),
        coordinatorRefused: await coordinator.counter('refusals'),
        coordinatorCutOff: await coordinator.counter('cut_offs'),
      },
    )
  })

  for (const { what, send } of Object.values<KnownFault>(KNOWN_FAULTS)) {
    it(what, async ({ onTestFinished }) => {
      const coordinator = await FuzzCoordinator.start(onTestFinished, JOB)
      const ledger = new Ledger()
      await send(coordinator, ledger)
      await pause(300)
      expect([coordinator.over, coordinator.faults, ledger.wrong]).toEqual([null, [], []])
    })
  }
})

/** The process once the hostile connections are gone, or after a while. */
async function emptied(coordinator: FuzzCoordinator, fds: number) {
  for (let i = 0; i < 40 && (coordinator.vitals()?.fds ?? 0) > fds + 5; i++) await pause(500)
  return coordinator.vitals()
}
