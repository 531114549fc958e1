import { describe, expect, it } from 'vitest'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { Refusal } from '../../../shared/protocol/participant.ts'
import { CHUNK_WINDOW } from '../../../shared/protocol/version.ts'
import { TILE_ELEMENTS } from '../../../shared/tensors/flat.ts'
import { newVectors } from '../../../shared/updates/vectors.ts'
import { bytesOf, type Offer, testIngest, updateOf } from './testing.ts'
import { MAX_CHUNK_BYTES } from './upload.ts'
import type { Uploads, Whole } from './uploads.ts'

/** Everything goes to disk. */
const DISK = { spillBytes: 0 }
const PLACES = [
  ['memory', {}],
  ['disk', DISK],
] as const

const refusal = (code: string, more: object = {}) => ({
  ok: false,
  code,
  message: expect.stringMatching(/^[A-Z0-9].*\.$/),
  ...more,
})

const settled = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

function send(uploads: Uploads, { begin, bytes }: Offer, from = 0, to = bytes.length) {
  return uploads.chunk({ taskId: begin.taskId, offset: from, data: bytes.slice(from, to) })
}

function isWhole(answer: Whole | Refusal): answer is Whole {
  return 'release' in answer
}

async function commit(uploads: Uploads, taskId = 't'): Promise<Whole> {
  const answer = await uploads.commit(taskId)
  if (!isWhole(answer)) throw new Error(answer.message)
  return answer
}

/** The whole update, sent in chunks of `size` bytes. */
async function sendAll(uploads: Uploads, offer: Offer, size: number): Promise<Whole> {
  expect(await uploads.begin(offer.begin, newVectors(offer.elements))).toEqual({ ok: true, held: 0 })
  for (let at = 0; at < offer.bytes.length; at += size) {
    const end = Math.min(at + size, offer.bytes.length)
    expect(await send(uploads, offer, at, end)).toEqual({ ok: true, held: end })
  }
  return commit(uploads, offer.begin.taskId)
}

const NOTHING = { bytesInFlight: 0, uploads: 0, waiting: 0, memoryBytes: 0 }

describe.each(PLACES)('an upload in %s', (place, limits) => {
  it('U1: comes whole, and is read as often as is needed', async () => {
    const { ingest, spool } = testIngest(limits)
    const offer = updateOf('t', 3000)
    const whole = await sendAll(ingest.client(), offer, 4999)
    expect(whole.begin).toBe(offer.begin)
    expect(whole.source?.length).toBe(3000)
    for (let i = 0; i < 2; i++) expect((await bytesOf(whole.source)).equals(offer.bytes)).toBe(true)
    expect(spool.written.length > 0).toBe(place !== 'memory')
    expect(ingest.figures.bytesInFlight).toBe(12_000)
    await whole.release()
    await whole.release()
    expect(ingest.figures).toEqual(NOTHING)
    expect(spool.memory.used).toBe(0)
  })

  it('U1: takes a window of chunks before the first is written, in order', async () => {
    const { ingest, spool } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    await uploads.begin(offer.begin, newVectors(1000))
    spool.hold()
    const acks = [0, 1000, 2000, 3000].map((at) => send(uploads, offer, at, at + 1000))
    const whole = uploads.commit('t')
    spool.letGo()
    expect(await Promise.all(acks)).toEqual([1000, 2000, 3000, 4000].map((held) => ({ ok: true, held })))
    const answer = await whole
    expect(isWhole(answer) && (await bytesOf(answer.source)).equals(offer.bytes)).toBe(true)
  })

  it('R9: goes on at the byte that is held, for the same bytes', async () => {
    const { ingest } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    await uploads.begin(offer.begin, newVectors(1000))
    await send(uploads, offer, 0, 1500)
    expect(await uploads.begin({ ...offer.begin }, newVectors(1000))).toEqual({ ok: true, held: 1500 })
    await send(uploads, offer, 1500)
    expect((await bytesOf((await commit(uploads)).source)).equals(offer.bytes)).toBe(true)
  })

  it('begins anew for other bytes', async () => {
    const { ingest, spool } = testIngest(limits)
    const uploads = ingest.client()
    const first = updateOf('t', 1000, 1)
    const second = updateOf('t', 1000, 2)
    await uploads.begin(first.begin, newVectors(1000))
    await send(uploads, first, 0, 1500)
    expect(await uploads.begin(second.begin, newVectors(1000))).toEqual({ ok: true, held: 0 })
    await send(uploads, second)
    const whole = await commit(uploads)
    expect((await bytesOf(whole.source)).equals(second.bytes)).toBe(true)
    await whole.release()
    await settled()
    expect(ingest.figures).toEqual(NOTHING)
    expect(spool.memory.used).toBe(0)
  })

  it('U1: says at once what is wrong with a chunk', async () => {
    const { ingest } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', MAX_CHUNK_BYTES / 4 + 100)
    await uploads.begin(offer.begin, newVectors(offer.elements))
    expect(await send(uploads, offer, 0, MAX_CHUNK_BYTES + 1)).toEqual(refusal('protocol/malformed'))
    expect(await send(uploads, offer, 0, 0)).toEqual(refusal('protocol/malformed'))
    expect(await send(uploads, offer, 1, 2)).toEqual(refusal('update/wrong-offset'))
    expect(await send(uploads, offer, 0, MAX_CHUNK_BYTES)).toMatchObject({ ok: true })
    expect(await send(uploads, offer, 0, 4)).toEqual(refusal('update/wrong-offset'))
    expect(await uploads.commit('t')).toEqual(refusal('update/wrong-size'))
    const beyond = { taskId: 't', offset: MAX_CHUNK_BYTES, data: new Uint8Array(401) }
    expect(await uploads.chunk(beyond)).toEqual(refusal('update/too-large'))
    expect(await send(uploads, offer, MAX_CHUNK_BYTES)).toEqual(refusal('update/not-begun'))
    await settled()
    expect(ingest.figures).toEqual(NOTHING)
  })

  it('U1: with another sha256 than declared is over, and can be sent anew', async () => {
    const { ingest, spool, errors } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', 100)
    await uploads.begin({ ...offer.begin, sha256: '0'.repeat(64) }, newVectors(100))
    await send(uploads, offer)
    expect(await uploads.commit('t')).toEqual(refusal('update/wrong-digest'))
    await settled()
    expect(ingest.figures).toEqual(NOTHING)
    expect(spool.memory.used).toBe(0)
    await sendAll(uploads, offer, 400)
    expect(errors).toEqual([])
  })

  it('R6: is read to its end though its client goes while it is', async () => {
    const { ingest, spool } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    const whole = await sendAll(uploads, offer, 1000)
    uploads.drop('t')
    uploads.dropAll()
    expect((await bytesOf(whole.source)).equals(offer.bytes)).toBe(true)
    await whole.release()
    expect(ingest.figures).toEqual(NOTHING)
    expect(spool.memory.used).toBe(0)
  })

  it('is not sent or committed again while it is read', async () => {
    const { ingest } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    const whole = await sendAll(uploads, offer, 1000)
    const wait = refusal('update/busy', { retryMs: expect.any(Number) })
    expect(await uploads.commit('t')).toEqual(wait)
    expect(await uploads.begin(offer.begin, newVectors(1000))).toEqual(wait)
    expect(await send(uploads, offer)).toEqual(refusal('update/not-begun'))
    await whole.release()
    expect(await uploads.commit('t')).toEqual(refusal('update/not-begun'))
    await (await sendAll(uploads, offer, 1000)).release()
    // The first one’s release has nothing of the second one’s.
    await whole.release()
    expect(ingest.figures).toEqual(NOTHING)
  })

  it.each(['drop', 'dropAll'] as const)('gives all back on %s, whatever was under way', async (how) => {
    const { ingest, spool, errors } = testIngest(limits)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    for (const when of ['at once', 'opening', 'open', 'writing', 'written']) {
      if (when === 'opening') spool.hold()
      const begun = uploads.begin(offer.begin, newVectors(1000))
      if (when === 'opening') await settled()
      else if (when !== 'at once') await begun
      if (when === 'writing') spool.hold()
      const ack = when === 'writing' || when === 'written' ? send(uploads, offer, 0, 1000) : null
      if (when === 'written') await ack
      if (how === 'drop') uploads.drop('t')
      else uploads.dropAll()
      expect(await send(uploads, offer, 0, 10)).toEqual(refusal('update/not-begun'))
      spool.letGo()
      if (when === 'at once') expect(await begun).toEqual(refusal('update/not-begun'))
      if (when === 'opening' && place === 'disk') expect(await begun).toEqual(refusal('update/not-begun'))
      if (when === 'writing') expect(await ack).toEqual(refusal('update/not-begun'))
      await settled()
      expect(ingest.figures).toEqual(NOTHING)
      expect(spool.memory.used).toBe(0)
    }
    expect(errors).toEqual([])
  })
})

describe('an upload', () => {
  it('U1: is refused before its first byte where its size cannot be right', async () => {
    const { ingest } = testIngest()
    const uploads = ingest.client()
    const { begin } = updateOf('t', 100)
    expect(await uploads.begin({ ...begin, bytes: 404 }, newVectors(100))).toEqual(refusal('update/too-large'))
    expect(await uploads.begin({ ...begin, bytes: 396 }, newVectors(100))).toEqual(refusal('update/wrong-size'))
    expect(await uploads.begin({ ...begin, encoding: 'none' }, newVectors(100))).toEqual(refusal('update/too-large'))
    expect(await uploads.commit('t')).toEqual(refusal('update/not-begun'))
    expect(ingest.figures).toEqual(NOTHING)
  })

  it('may carry no bytes at all, whatever is in flight', async () => {
    const { ingest } = testIngest({ maxBytesInFlight: 1, maxUploads: 1 })
    await ingest.client().begin(updateOf('t', 1000).begin, newVectors(1000))
    const uploads = ingest.client()
    const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const begin = { ...updateOf('t', 100).begin, encoding: 'none' as const, bytes: 0, sha256 }
    expect(await uploads.begin(begin, newVectors(100))).toEqual({ ok: true, held: 0 })
    const whole = await commit(uploads)
    expect(whole.source).toBeNull()
    await whole.release()
  })

  it('A2: is read from disk in tiles as FlatParams cuts them, through one piece of memory', async () => {
    const { ingest } = testIngest(DISK)
    const offer = updateOf('t', 2 * TILE_ELEMENTS + 5)
    const whole = await sendAll(ingest.client(), offer, MAX_CHUNK_BYTES)
    const lengths: number[] = []
    const room = new Float32Array(2 * TILE_ELEMENTS)
    const rooms = [undefined, (tile: number) => room.subarray(7, tile === 2 ? 12 : 7 + TILE_ELEMENTS)]
    for (const given of rooms) {
      const buffers = new Set<ArrayBufferLike>()
      for await (const tile of whole.source?.tiles(given) ?? []) {
        lengths.push(tile.length)
        buffers.add(tile.buffer)
      }
      expect(buffers.size).toBe(1)
      expect(buffers.has(room.buffer)).toBe(given !== undefined)
    }
    expect(lengths).toEqual([TILE_ELEMENTS, TILE_ELEMENTS, 5, TILE_ELEMENTS, TILE_ELEMENTS, 5])
    const [one, other] = await Promise.all([bytesOf(whole.source), bytesOf(whole.source)])
    expect(one.equals(offer.bytes) && other.equals(offer.bytes)).toBe(true)
  })

  it('A2: is held in memory while there is room, and else on disk', async () => {
    const { ingest, spool } = testIngest({ maxMemoryBytes: 4000, spillBytes: 1600 })
    const client = () => ingest.client()
    const first = await sendAll(client(), updateOf('t', 400), 400)
    expect(ingest.figures.memoryBytes).toBe(1600)
    await sendAll(client(), updateOf('t', 401), 1604)
    expect(spool.written).toEqual([1604])
    const second = await sendAll(client(), updateOf('t', 350), 1400)
    expect(ingest.figures.memoryBytes).toBe(3000)
    await sendAll(client(), updateOf('t', 1), 4)
    expect(spool.written).toEqual([1604, 4])
    await Promise.all([first.release(), second.release()])
    expect(ingest.figures.memoryBytes).toBe(0)
    await sendAll(client(), updateOf('t', 400), 400)
    expect(spool.written).toEqual([1604, 4])
  })

  it('U2: that runs ahead of the disk is told to wait, and loses nothing', async () => {
    const { ingest, spool } = testIngest({ ...DISK, maxMemoryBytes: 4000 })
    const [a, b] = [ingest.client(), ingest.client()]
    const offer = updateOf('t', 1000)
    for (const uploads of [a, b]) await uploads.begin(offer.begin, newVectors(1000))
    spool.hold()
    // A quarter of the memory is for what waits for the disk.
    const taken = [send(a, offer, 0, 500), send(a, offer, 500, 1000)]
    expect(await send(a, offer, 1000, 1500)).toEqual(refusal('update/busy', { retryMs: expect.any(Number) }))
    // Each upload may have one chunk there all the same: it was sent before anybody could say no.
    taken.push(send(b, offer, 0, 500))
    expect(await send(b, offer, 500, 501)).toEqual(refusal('update/busy', { retryMs: expect.any(Number) }))
    expect(ingest.figures.memoryBytes).toBe(1500)
    spool.letGo()
    expect(await Promise.all(taken)).toEqual([500, 1000, 500].map((held) => ({ ok: true, held })))
    expect(ingest.figures.memoryBytes).toBe(0)
    expect(await a.begin(offer.begin, newVectors(1000))).toEqual({ ok: true, held: 1000 })
    await send(a, offer, 1000)
    expect((await bytesOf((await commit(a)).source)).equals(offer.bytes)).toBe(true)
  })

  it('U2: may be ahead by a window of the largest chunks, and no more', async () => {
    const { ingest, spool } = testIngest(DISK)
    const uploads = ingest.client()
    const offer = updateOf('t', ((CHUNK_WINDOW + 1) * MAX_CHUNK_BYTES) / 4)
    await uploads.begin(offer.begin, newVectors(offer.elements))
    spool.hold()
    const acks = Array.from({ length: CHUNK_WINDOW + 1 }, (_, i) =>
      send(uploads, offer, i * MAX_CHUNK_BYTES, (i + 1) * MAX_CHUNK_BYTES),
    )
    expect(await acks.pop()).toEqual(refusal('update/busy', { retryMs: expect.any(Number) }))
    spool.letGo()
    for (const ack of await Promise.all(acks)) expect(ack.ok).toBe(true)
  })
})

describe('an upload that is dropped', () => {
  it('writes no more than what was being written', async () => {
    const { ingest, spool } = testIngest(DISK)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    await uploads.begin(offer.begin, newVectors(1000))
    spool.hold()
    const acks = [0, 1000, 2000].map((at) => send(uploads, offer, at, at + 1000))
    await settled()
    uploads.drop('t')
    spool.letGo()
    for (const ack of await Promise.all(acks)) expect(ack).toEqual(refusal('update/not-begun'))
    expect(spool.written).toEqual([1000])
  })
})

describe('a disk that fails', () => {
  const full = new TributaryError('storage/full', 'The disk of /home/someone is full.')

  it.each(['create', 'append'] as const)('at %s ends the upload with its code, and frees all', async (what) => {
    const { ingest, spool, errors } = testIngest(DISK)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    if (what === 'create') spool.fails.create = full
    const told = refusal('storage/full', { retryMs: expect.any(Number) })
    if (what === 'create') {
      const answers = await Promise.all([
        uploads.begin(offer.begin, newVectors(1000)),
        uploads.begin(offer.begin, newVectors(1000)),
      ])
      expect(answers).toEqual([told, told])
      // A client is not told where the coordinator’s store lies.
      expect(JSON.stringify(answers)).not.toContain('someone')
    } else {
      await uploads.begin(offer.begin, newVectors(1000))
      spool.fails.append = full
      const answers = await Promise.all([0, 1000, 2000, 3000].map((at) => send(uploads, offer, at, at + 1000)))
      expect(answers).toEqual([told, told, told, told])
    }
    expect(errors).toEqual([full])
    expect(await send(uploads, offer, 0, 10)).toEqual(refusal('update/not-begun'))
    await settled()
    expect(ingest.figures).toEqual(NOTHING)
    expect(spool.memory.used).toBe(0)
    delete spool.fails[what]
    await (await sendAll(uploads, offer, 1000)).release()
  })

  it('after the commit was asked for is met by the commit', async () => {
    const { ingest, spool } = testIngest(DISK)
    const uploads = ingest.client()
    const offer = updateOf('t', 1000)
    await uploads.begin(offer.begin, newVectors(1000))
    spool.hold()
    const sent = send(uploads, offer)
    const committed = uploads.commit('t')
    spool.fails.append = new Error('the cable is out')
    spool.letGo()
    expect(await sent).toMatchObject({ ok: false, code: 'internal' })
    expect(await committed).toMatchObject({ ok: false, code: 'internal' })
    await settled()
    expect(ingest.figures).toEqual(NOTHING)
    await (delete spool.fails.append && sendAll(uploads, offer, 1000))
  })

  it('when it is read throws at the reader; the bytes in flight are given back all the same', async () => {
    const { ingest, spool, errors } = testIngest(DISK)
    const whole = await sendAll(ingest.client(), updateOf('t', 1000), 1000)
    spool.fails.read = full
    await expect(bytesOf(whole.source)).rejects.toBe(full)
    spool.fails.dispose = new Error('no')
    await whole.release()
    expect(errors).toEqual([spool.fails.dispose])
    expect(ingest.figures).toEqual(NOTHING)
  })
})

describe('U2: the bound', () => {
  const LIMITS = { maxBytesInFlight: 8000, maxMemoryBytes: 0 }
  const offer = updateOf('t', 1500)
  const wait = refusal('update/busy', { retryMs: expect.any(Number) })

  it('U2: has clients wait in line, and nothing of theirs is lost', async () => {
    const { ingest } = testIngest(LIMITS)
    const [a, b, c] = [ingest.client(), ingest.client(), ingest.client()]
    await a.begin(offer.begin, newVectors(1500))
    expect(await b.begin(offer.begin, newVectors(1500))).toEqual(wait)
    expect(await c.begin(offer.begin, newVectors(1500))).toEqual(wait)
    expect(ingest.figures.waiting).toBe(2)
    await send(a, offer)
    const whole = await commit(a)
    expect(await b.begin(offer.begin, newVectors(1500))).toEqual(wait)
    await whole.release()
    expect(await c.begin(offer.begin, newVectors(1500))).toEqual(wait)
    await (await sendAll(b, offer, 1000)).release()
    await (await sendAll(c, offer, 1000)).release()
    expect(ingest.figures).toEqual(NOTHING)
  })

  it('U2: is not waited for by those who are gone, nor by tasks that are over', async () => {
    const { ingest } = testIngest(LIMITS)
    const [a, b, c, d] = [ingest.client(), ingest.client(), ingest.client(), ingest.client()]
    await a.begin(offer.begin, newVectors(1500))
    for (const uploads of [b, c, d]) expect(await uploads.begin(offer.begin, newVectors(1500))).toEqual(wait)
    b.dropAll()
    c.drop('t')
    expect(ingest.figures.waiting).toBe(1)
    a.dropAll()
    await settled()
    expect(await d.begin(offer.begin, newVectors(1500))).toEqual({ ok: true, held: 0 })
  })

  it('U2: leaves room for a small client beside huge ones', async () => {
    const { ingest } = testIngest(LIMITS)
    const small = updateOf('s', 30)
    const huge = updateOf('t', 5000)
    for (let i = 0; i < 10; i++) {
      const answer = await ingest.client().begin(huge.begin, newVectors(5000))
      expect(answer.ok).toBe(i === 0)
    }
    await (await sendAll(ingest.client(), small, 120)).release()
  })
})
