/**
 * Rules U2 and A2 over real sockets: updates far larger than what the coordinator keeps of them in memory. What it holds of
 * the model itself (the current parameters as float32, the exact sums as float64; at a commit the mean and the next
 * version besides) is there before an upload begins, once a first round has been played; what the upload adds is measured.
 */
import { expect, it } from 'vitest'
import { counts, evidence } from '../../shared/testing.ts'
import { beginFor, layoutDigest, type RawAnswer, type RawBegin, RawClient, type RawTask } from '../raw/client.ts'
import { LargeScene, parametersOf } from './large-scene.ts'
import { commit, sendAll } from './large-upload.ts'
import { pause } from './pause.ts'
import { VITALS } from './process.ts'

const COUNTS = counts({
  // 16 MB: above the 8 MiB from which updates go to disk.
  reduced: { hidden: [3125], atOnce: 4 },
  full: { hidden: [9380, 9380], atOnce: 10 },
})

const MIB = 2 ** 20
/** What the coordinator may grow by, whatever the size and number of the updates. */
const MOST_MIB = 64
const SMALL_BYTES = 100_000
const BEAT_MS = 100
const TASK_MS = 120_000
/** A heartbeat may be 20 s late. */
const BEAT_MOST_MS = 10_000
const BEAT_MEDIAN_MS = 1000

it.runIf(VITALS)(
  'A2, U2: large updates pass through with little memory, and starve neither heartbeats nor a small neighbour',
  async ({ onTestFinished }) => {
    const parameters = parametersOf(COUNTS.hidden)
    const bytes = new Uint8Array(Buffer.alloc(parameters * 4, new Uint8Array(new Float32Array([1e-3]).buffer)))
    const scene = await LargeScene.start(onTestFinished, COUNTS.hidden)
    const join = async (change: object = {}) => {
      const client = new RawClient(scene.url)
      onTestFinished(() => client.close())
      const { ok, message } = await client.hello(change)
      if (!ok) throw new Error(message)
      return client
    }

    const first = await join()
    const idle = await join({ available: false })
    const { model } = (await (await fetch(`${scene.url}/api/job`)).json()) as { model: string }
    const begin = beginFor('', layoutDigest(await first.manifest(model)), bytes)
    const taskOf = async (client: RawClient, round: number): Promise<RawBegin> => {
      const { taskId } = await client.until<RawTask>('task', (task) => task.round === round, TASK_MS)
      return { ...begin, taskId }
    }
    const counted = async (client: RawClient, { taskId }: RawBegin) => {
      expect(await commit(client, taskId)).toMatchObject({ status: 'accepted' })
      await client.until<{ taskId: string }>('task:settled', (settled) => settled.taskId === taskId, TASK_MS)
    }

    // The first round makes the sums, and its commit touches them; all later ones use them again. Nothing of a round before can
    // be used again here, so this growth is the larger one; a part of the sums may be in it.
    await scene.command('start')
    const warm = await taskOf(first, 1)
    const beforeFirst = await scene.restMiB()
    const peakFirst = await scene.peakMiB(() => sendAll(first, warm, bytes))
    await counted(first, warm)

    await scene.command('more', { rounds: 1 })
    const alone = await taskOf(first, 2)
    const before = await scene.restMiB()
    const since = performance.now()
    const peak = await scene.peakMiB(() => sendAll(first, alone, bytes))
    const aloneMs = performance.now() - since
    await counted(first, alone)

    const others = await Promise.all(Array.from({ length: COUNTS.atOnce - 1 }, () => join()))
    const small = await join()
    const large = [first, ...others]
    await scene.command('more', { rounds: 1 })
    const begins = await Promise.all(large.map((client) => taskOf(client, 3)))
    const smallBegin = await taskOf(small, 3)
    const beforeAll = await scene.restMiB()
    const watch = new Watch()
    const beats = watch.times(() => idle.ask('availability', { available: false, leave: false }, TASK_MS))
    // All updates of a job have one size: the small one is the first part of one, chunk by chunk, never more than one at a time.
    await small.ask('update:begin', smallBegin)
    let at = 0
    const parts = watch.times(async () => {
      if (at + SMALL_BYTES > bytes.length) return null
      const data = bytes.slice(at, at + SMALL_BYTES)
      const answer = await small.ask('update:chunk', { taskId: smallBegin.taskId, offset: at, data }, TASK_MS)
      if (answer.ok) at += SMALL_BYTES
      return answer
    })
    const allSince = performance.now()
    const peakAll = await scene.peakMiB(() =>
      Promise.all(large.map((client, k) => sendAll(client, begins[k] as RawBegin, bytes))),
    )
    const allMs = performance.now() - allSince
    watch.end()
    const [heartbeats, smallChunks] = [await beats, await parts]
    await small.ask('decline', { taskId: smallBegin.taskId, code: 'test/over', reason: 'It has sent enough.' })
    await Promise.all(large.map((client, k) => counted(client, begins[k] as RawBegin)))

    const result = {
      updateMB: (parameters * 4) / 1e6,
      // The current parameters and the sums.
      modelMiB: round((parameters * (4 + 8)) / MIB),
      beforeFirstMiB: round(beforeFirst),
      growthFirstMiB: round(peakFirst - beforeFirst),
      beforeMiB: round(before),
      growthAloneMiB: round(peak - before),
      aloneMs: round(aloneMs),
      growthAtOnceMiB: round(peakAll - beforeAll),
      atOnceMs: round(allMs),
      heartbeats,
      smallChunks,
    }
    // Shown at reduced counts too: the figures are the point.
    process.stdout.write(`${JSON.stringify(result)}\n`)
    expect(result.growthFirstMiB).toBeLessThan(MOST_MIB + (parameters * 8) / MIB)
    expect(result.growthAloneMiB).toBeLessThan(MOST_MIB)
    expect(result.growthAtOnceMiB).toBeLessThan(2 * MOST_MIB)
    for (const { count, medianMs, mostMs } of [heartbeats, smallChunks]) {
      expect(count).toBeGreaterThan(0)
      expect(medianMs).toBeLessThan(BEAT_MEDIAN_MS)
      expect(mostMs).toBeLessThan(BEAT_MOST_MS)
    }
    evidence('large', COUNTS, result)
  },
)

/** Asks again and again until the end, and says how long the answers took. */
class Watch {
  private over = false

  end(): void {
    this.over = true
  }

  /** `ask` resolves with null when there is nothing more to ask. */
  async times(ask: () => Promise<RawAnswer | null>) {
    const times: number[] = []
    while (!this.over) {
      const since = performance.now()
      const answer = await ask()
      if (!answer) break
      if (!answer.ok && answer.code !== 'update/busy') throw new Error(answer.message)
      times.push(performance.now() - since)
      await pause(BEAT_MS)
    }
    const sorted = times.toSorted((a, b) => a - b)
    return {
      count: sorted.length,
      medianMs: round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN),
      mostMs: round(sorted.at(-1) ?? Number.NaN),
    }
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
