/**
 * A program for load.integration.test.ts: large updates through an Ingest with a spool on a real disk, in a process of its
 * own, so that its memory is theirs alone. Takes its settings as JSON in argv[2], prints its figures as JSON.
 *
 * Chunks come as Socket.IO brings them: each in a buffer of its own, in an event of its own, a window of them unacknowledged.
 */
import { createHash } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextEvent, setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../../shared/clock/clock.ts'
import type { UpdateBegin } from '../../../shared/protocol/participant.ts'
import { CHUNK_WINDOW } from '../../../shared/protocol/version.ts'
import { newVectors } from '../../../shared/updates/vectors.ts'
import { FileSpool } from '../../storage/spool-files.ts'
import { Ingest } from './ingest.ts'
import type { Uploads } from './uploads.ts'

export interface LoadSettings {
  readonly folder: string
  /** Bytes of a large update. */
  readonly bytes: number
  /** Large updates at once. */
  readonly updates: number
  readonly chunkBytes: number
  /** Bytes of a small update; one after the other is sent while the large ones come. 0: none. */
  readonly smallBytes: number
}

export interface LoadFigures {
  readonly rssBeforeMiB: number
  readonly rssGrowthMiB: number
  readonly seconds: number
  readonly mibPerSecond: number
  /** Large updates whose elements, as they were read back, add up to what was sent. */
  readonly right: number
  readonly smallUploads: number
  readonly smallMedianMs: number
  readonly smallMaxMs: number
  readonly loopDelayP99Ms: number
  readonly loopDelayMaxMs: number
  /** At the end, in flight and in memory. */
  readonly left: number
}

const MIB = 1 << 20
const PATTERN = pattern()

/** Random bytes would make NaNs; these are small floats. */
function pattern(): Buffer {
  const floats = new Float32Array(MIB / 4)
  for (let i = 0; i < floats.length; i++) floats[i] = ((i * 7919) % 65_521) / 65_536 - 0.5
  return Buffer.from(floats.buffer)
}

/** The bytes [offset, offset + length) of an update, in a buffer of their own. */
function piece(offset: number, length: number): Buffer {
  const out = Buffer.allocUnsafeSlow(length)
  for (let done = 0; done < length; ) {
    done += PATTERN.copy(out, done, (offset + done) % MIB, Math.min(MIB, ((offset + done) % MIB) + length - done))
  }
  return out
}

function beginOf(taskId: string, bytes: number): UpdateBegin {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes; at += MIB) hash.update(PATTERN.subarray(0, Math.min(MIB, bytes - at)))
  return {
    taskId,
    encoding: 'f32',
    layout: 'a'.repeat(64),
    bytes,
    sha256: hash.digest('hex'),
    numExamples: 1,
    metrics: {},
    timings: { downloadMs: 0, trainMs: 0 },
    bytesDown: 0,
  }
}

/** One upload from begin to release; the sum of its elements as they were read back. */
async function upload(uploads: Uploads, begin: UpdateBegin, chunkBytes: number): Promise<number> {
  const { taskId, bytes } = begin
  const begun = await uploads.begin(begin, newVectors(bytes / 4))
  if (!begun.ok) throw new Error(begun.message)
  const flying: Promise<void>[] = []
  for (let offset = 0; offset < bytes; offset += chunkBytes) {
    await nextEvent()
    const data = piece(offset, Math.min(chunkBytes, bytes - offset))
    flying.push(
      uploads.chunk({ taskId, offset, data }).then((ack) => {
        if (!ack.ok) throw new Error(ack.message)
      }),
    )
    if (flying.length >= CHUNK_WINDOW) await flying.shift()
  }
  await Promise.all(flying)
  await nextEvent()
  const whole = await uploads.commit(taskId)
  if (!('source' in whole) || !whole.source) throw new Error('no source')
  let sum = 0
  for await (const tile of whole.source.tiles()) {
    for (let i = 0; i < tile.length; i++) sum += tile[i] as number
    await nextEvent()
  }
  await whole.release()
  return sum
}

function sumOf(bytes: number): number {
  const floats = new Float32Array(PATTERN.buffer, PATTERN.byteOffset, PATTERN.length / 4)
  let sum = 0
  for (let i = 0; i < bytes / 4; i++) sum += floats[i % floats.length] as number
  return sum
}

const { folder, bytes, updates, chunkBytes, smallBytes } = JSON.parse(process.argv[2] as string) as LoadSettings
const ingest = new Ingest({
  clock: systemClock,
  spool: await FileSpool.open(folder),
  onError: (thrown) => {
    throw thrown
  },
})
// What runs for the first time takes memory of its own: code, buffers of the thread pool.
await upload(ingest.client(), beginOf('warm-up', 16 * MIB), chunkBytes)
const begin = beginOf('large', bytes)
const small = beginOf('small', smallBytes)
const expected = sumOf(bytes)

const rssBefore = process.memoryUsage.rss()
let rssMost = rssBefore
const sampler = setInterval(() => {
  rssMost = Math.max(rssMost, process.memoryUsage.rss())
}, 10)
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const start = performance.now()
let coming = updates
const larges = Array.from({ length: updates }, async () => {
  const sum = await upload(ingest.client(), begin, chunkBytes)
  coming--
  return sum
})
const smallMs: number[] = []
const smalls = async () => {
  while (coming > 0 && smallBytes > 0) {
    await sleep(20)
    const since = performance.now()
    await upload(ingest.client(), small, chunkBytes)
    smallMs.push(performance.now() - since)
  }
}
const [sums] = await Promise.all([Promise.all(larges), smalls()])
const seconds = (performance.now() - start) / 1000
delay.disable()
clearInterval(sampler)
rssMost = Math.max(rssMost, process.memoryUsage.rss())
smallMs.sort((a, b) => a - b)

const figures: LoadFigures = {
  rssBeforeMiB: rssBefore / MIB,
  rssGrowthMiB: (rssMost - rssBefore) / MIB,
  seconds,
  mibPerSecond: (updates * bytes) / MIB / seconds,
  right: sums.filter((sum) => sum === expected).length,
  smallUploads: smallMs.length,
  smallMedianMs: smallMs[smallMs.length >> 1] ?? 0,
  smallMaxMs: smallMs.at(-1) ?? 0,
  loopDelayP99Ms: delay.percentile(99) / 1e6,
  loopDelayMaxMs: delay.max / 1e6,
  left: ingest.figures.bytesInFlight + ingest.figures.memoryBytes,
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
