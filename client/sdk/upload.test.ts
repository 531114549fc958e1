import { describe, expect, it } from 'vitest'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { UpdateBegin } from '../../shared/protocol/participant.ts'
import { CHUNK_BYTES, CHUNK_WINDOW } from '../../shared/protocol/version.ts'
import { flatBytes, joinBytes } from '../../shared/tensors/bytes.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import { numbered } from '../../shared/tensors/testing.ts'
import { digestOf } from './digest.ts'
import { agreeable, ScriptedWire } from './testing.ts'
import { uploadOnce } from './upload.ts'

const PARAMS = numbered((3.5 * CHUNK_BYTES) / 4)
const BYTES = joinBytes(flatBytes(PARAMS))

function beginOf(params: FlatParams): UpdateBegin {
  return {
    taskId: 't1',
    encoding: 'f32',
    layout: 'd'.repeat(64),
    bytes: params.length * 4,
    sha256: digestOf(flatBytes(params)),
    numExamples: 1,
    metrics: {},
    timings: { downloadMs: 0, trainMs: 0 },
    bytesDown: 0,
  }
}

const BEGIN = beginOf(PARAMS)
const nothing = () => {}

function sent(wire: ScriptedWire): Uint8Array {
  return joinBytes(wire.asked(EVENTS.updateChunk).map(({ data }) => data as Uint8Array))
}

/** toEqual takes seconds for a megabyte. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

describe('an upload', () => {
  it('goes in chunks, in order, and tells how far it is', async () => {
    const wire = new ScriptedWire(agreeable(''))
    const progress: number[] = []
    expect(await uploadOnce(wire, BEGIN, PARAMS, (f) => progress.push(f))).toEqual({ status: 'accepted' })
    expect(wire.requests.map(([event]) => event)).toEqual([
      EVENTS.updateBegin,
      ...Array.from({ length: 6 }, () => EVENTS.updateChunk),
      EVENTS.updateCommit,
    ])
    expect(wire.asked(EVENTS.updateBegin)).toEqual([BEGIN])
    // A quarter of a chunk first, larger ones as the link turns out to be fast.
    const offsets = wire.asked(EVENTS.updateChunk).map((chunk) => Number(chunk.offset) / CHUNK_BYTES)
    expect(offsets).toEqual([0, 0.25, 0.75, 1.25, 2.25, 3.25])
    expect(sameBytes(sent(wire), BYTES)).toBe(true)
    expect(progress.at(-1)).toBe(1)
    expect([...progress].sort((a, b) => a - b)).toEqual(progress)
  })

  it('goes on from the byte that the coordinator holds', async () => {
    const wire = new ScriptedWire({
      ...agreeable(''),
      [EVENTS.updateBegin]: () => ({ ok: true, held: CHUNK_BYTES + 5 }),
    })
    await uploadOnce(wire, BEGIN, PARAMS, nothing)
    expect(sameBytes(sent(wire), BYTES.subarray(CHUNK_BYTES + 5))).toBe(true)
  })

  it('sends only the commit where all is held already', async () => {
    const wire = new ScriptedWire({ ...agreeable(''), [EVENTS.updateBegin]: () => ({ ok: true, held: BYTES.length }) })
    await uploadOnce(wire, BEGIN, PARAMS, nothing)
    expect(wire.requests.map(([event]) => event)).toEqual([EVENTS.updateBegin, EVENTS.updateCommit])
  })

  it('is over at once where the verdict is known', async () => {
    const receipt = { status: 'duplicate', message: 'Counted before.' }
    const wire = new ScriptedWire({ ...agreeable(''), [EVENTS.updateBegin]: () => ({ ok: true, receipt }) })
    expect(await uploadOnce(wire, BEGIN, PARAMS, nothing)).toEqual(receipt)
    expect(wire.requests).toHaveLength(1)
  })

  it('without parameters is begun and committed', async () => {
    const wire = new ScriptedWire(agreeable(''))
    const begin: UpdateBegin = { ...BEGIN, encoding: 'none', bytes: 0 }
    expect(await uploadOnce(wire, begin, null, nothing)).toEqual({ status: 'accepted' })
    expect(wire.asked(EVENTS.updateChunk)).toEqual([])
  })

  it(`has at most ${CHUNK_WINDOW} chunks unacknowledged`, async () => {
    const params = numbered((10 * CHUNK_BYTES) / 4)
    let flying = 0
    let most = 0
    const release: (() => void)[] = []
    const wire = new ScriptedWire({
      ...agreeable(''),
      [EVENTS.updateChunk]: ({ offset, data }) => {
        most = Math.max(most, ++flying)
        return new Promise((resolve) =>
          release.push(() => {
            flying--
            resolve({ ok: true, held: (offset as number) + (data as Uint8Array).length })
          }),
        )
      },
    })
    const done = uploadOnce(wire, beginOf(params), params, nothing)
    let over = false
    const releasing = (async () => {
      while (!over) {
        for (let i = 0; i < 20; i++) await Promise.resolve()
        release.shift()?.()
        await new Promise((resolve) => setTimeout(resolve))
      }
    })()
    expect(await done.finally(() => (over = true))).toEqual({ status: 'accepted' })
    await releasing
    expect(most).toBe(CHUNK_WINDOW)
  })

  it.each([EVENTS.updateBegin, EVENTS.updateChunk, EVENTS.updateCommit])(
    'ends with the code with which %s is refused',
    async (event) => {
      const refusal = () => ({ ok: false, code: 'update/busy', message: 'Wait.' })
      const wire = new ScriptedWire({ ...agreeable(''), [event]: refusal })
      await expect(uploadOnce(wire, BEGIN, PARAMS, nothing)).rejects.toMatchObject({
        code: 'update/busy',
        message: 'Wait.',
      })
    },
  )

  it('ends where an answer fits no schema', async () => {
    const wire = new ScriptedWire({ ...agreeable(''), [EVENTS.updateChunk]: () => ({ ok: true, held: 'all' }) })
    await expect(uploadOnce(wire, BEGIN, PARAMS, nothing)).rejects.toMatchObject({ code: 'protocol/malformed' })
  })

  it('ends when the connection is lost', async () => {
    const wire = new ScriptedWire({ ...agreeable(''), [EVENTS.updateChunk]: () => void wire.drop() })
    await expect(uploadOnce(wire, BEGIN, PARAMS, nothing)).rejects.toMatchObject({ code: 'network/unreachable' })
  })
})
