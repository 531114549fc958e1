/**
 * A bad network between clients and the coordinator: every round ends, nothing counts twice, and when the weather is fair
 * again everybody is back soon, as who they were. The tests wait more than they work, so they run side by side.
 */
import { describe, it } from 'vitest'
import { random } from '../../shared/random/random.ts'
import { counts, evidence } from '../../shared/testing.ts'
import { pause } from './pause.ts'
import type { TcpProxy } from './proxy.ts'
import { Scene } from './scene.ts'

/** `throttledHidden`: units of the hidden layer of the throttled model, 3,180 bytes of an update each. */
const COUNTS = counts({
  reduced: { clients: 8, rounds: 4, resets: 1, outageSeconds: 3, throttledRounds: 1, throttledHidden: 330 },
  full: { clients: 8, rounds: 12, resets: 5, outageSeconds: 30, throttledRounds: 3, throttledHidden: 660 },
})

/** How soon everybody must be back once the network is well again. */
const BACK_MS = 10_000

const JOB = {
  rounds: COUNTS.rounds,
  minClients: 4,
  // Long enough for a machine that is busy with other things; what hangs for good still ends by it.
  deadlineSeconds: 20,
  graceSeconds: 4,
  // The network is the fault here, not the clients: the job must outlast it.
  maxAbandonedAttempts: 1000,
}

/** 0.2 to 0.6 s of training, another time for each client and round. */
const workMs = (index: number, { round }: { round: number }) => random(1, 'work', index, round).uniform(200, 600)

describe.concurrent('R2, R4, R9: every round ends, nothing counts twice, and clients come back as who they were', () => {
  it('over a line with latency and jitter', async ({ expect, task, onTestFinished }) => {
    const scene = await Scene.open(onTestFinished, { clients: COUNTS.clients, job: JOB, workMs })
    await scene.proxy.slow({ latencyMs: 60, jitterMs: 120, random: random(1, 'jitter') })
    await scene.start()
    const board = await scene.finished(COUNTS.rounds * 25_000)
    expect(await scene.faults(board)).toEqual([])
    expect(scene.figures(board), 'being late is no fault').toMatchObject({ abandoned: 0, connectionsLost: 0 })
    evidence('network', COUNTS, scene.figures(board), task)
  })

  it('over a line of 50 KB/s with updates of 1 MB: slow is not dead', async ({ expect, task, onTestFinished }) => {
    const scene = await Scene.open(onTestFinished, {
      clients: COUNTS.clients,
      job: { ...JOB, rounds: COUNTS.throttledRounds, deadlineSeconds: 240 },
      hidden: COUNTS.throttledHidden,
    })
    const down = scene.proxy.slow({ bytesPerSecond: COUNTS.throttledRounds > 1 ? 50_000 : 1_000_000 })
    await Promise.all([down, scene.start()])
    // At reduced counts only the way up is as slow as that.
    await scene.someoneReaches('train', { round: 1 })
    await scene.proxy.slow({ bytesPerSecond: 50_000 })
    const since = performance.now()
    const board = await scene.finished(COUNTS.throttledRounds * 240_000)
    const seconds = Math.round((performance.now() - since) / 100) / 10
    expect(await scene.faults(board)).toEqual([])
    expect(board.job.updateBytes).toBeGreaterThanOrEqual(1_000_000)
    expect(scene.figures(board), 'no upload starves the heartbeat').toMatchObject({ abandoned: 0, connectionsLost: 0 })
    for (const row of board.rounds) expect(row.updates, 'everybody counts').toBe(COUNTS.clients)
    evidence('network', COUNTS, { ...scene.figures(board), seconds }, task)
  })

  it('when connections are reset in download, training and upload', async ({ expect, task, onTestFinished }) => {
    // Downloads and uploads of a second each, so that the resets fall into them.
    const job = { ...JOB, rounds: 1000 }
    const scene = await Scene.open(onTestFinished, { clients: COUNTS.clients, job, hidden: 110, workMs })
    await scene.proxy.slow({ bytesPerSecond: 350_000 })
    await scene.start()
    const back: number[] = []
    for (let i = 0; i < COUNTS.resets; i++) {
      for (const phase of ['download', 'train', 'upload'] as const) {
        await scene.someoneReaches(phase, { round: 1 })
        // Into the middle of it.
        if (phase !== 'train') await pause(400)
        expect(scene.proxy.reset()).toBeGreaterThan(0)
        back.push(await scene.allBack(BACK_MS))
      }
    }
    const { round } = (await scene.coordinator.now.until('a look', () => true)).job
    const later = await scene.coordinator.now.until('rounds after it', (now) => now.job.round >= round + 2, 120_000)
    expect(later.job.state).toBe('running')
    await scene.coordinator.now.command('stop')
    const board = await scene.coordinator.now.until('the stop', ({ job }) => job.state === 'stopped')
    expect(await scene.faults(board)).toEqual([])
    expect(Math.max(...back), 'seconds until everybody was back').toBeLessThan(BACK_MS / 1000)
    evidence('network', COUNTS, { ...scene.figures(board), back }, task)
  })

  it.for<[what: string, begin: (proxy: TcpProxy) => Promise<void>]>([
    ['half-open connections swallow everything', (proxy) => proxy.silence()],
    ['a partition ends', (proxy) => proxy.partition()],
    ['nobody listens for a while, as while a coordinator is started again', hangUp],
  ])('when %s', async ([, begin], { expect, task, onTestFinished }) => {
    const scene = await Scene.open(onTestFinished, { clients: COUNTS.clients, job: JOB, workMs })
    await scene.start()
    await scene.someoneReaches('train', { round: 2 })
    await begin(scene.proxy)
    await pause(COUNTS.outageSeconds * 1000)
    await scene.proxy.heal()
    const back = await scene.allBack(60_000)
    const board = await scene.finished(60_000 + COUNTS.rounds * 5000)
    expect(await scene.faults(board)).toEqual([])
    expect(back, 'seconds until everybody was back').toBeLessThan(BACK_MS / 1000)
    evidence('network', COUNTS, { ...scene.figures(board), back }, task)
  })
})

async function hangUp(proxy: TcpProxy): Promise<void> {
  await proxy.refuse()
  proxy.reset()
}
