import { describe, expect, it } from 'vitest'
import { TributaryError } from '../errors/error.ts'
import { joinBytes } from './bytes.ts'
import { FlatParams, TILE_ELEMENTS } from './flat.ts'
import type { TensorSpec } from './layout.ts'
import { SafetensorsReader, writeSafetensors } from './safetensors.ts'
import { numbered, randomPieces, sameBits } from './testing.ts'

const tensor = (name: string, ...shape: number[]): TensorSpec => ({ name, shape, dtype: 'float32', role: 'trained' })
const TENSORS = [tensor('dense/kernel', 7, 3), tensor('dense/bias', 3), tensor('scale'), tensor('nothing', 0, 4)]
const VALUES = numbered(25)
const FILE = joinBytes(writeSafetensors(TENSORS, VALUES))

function read(pieces: Iterable<Uint8Array>, tensors: readonly TensorSpec[] = TENSORS): FlatParams {
  const reader = new SafetensorsReader(tensors)
  for (const piece of pieces) reader.push(piece)
  return reader.finish()
}

/** A file with this header and enough zeros for TENSORS. */
function withHeader(header: unknown, bytes = 100): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const utf8 = new TextEncoder().encode(text)
  const out = new Uint8Array(8 + utf8.length + bytes)
  new DataView(out.buffer).setBigUint64(0, BigInt(utf8.length), true)
  out.set(utf8, 8)
  return out
}

function header(): Record<string, Record<string, unknown>> {
  const length = Number(new DataView(FILE.buffer).getBigUint64(0, true))
  return JSON.parse(new TextDecoder().decode(FILE.subarray(8, 8 + length)))
}

function fault(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof TributaryError && thrown.code === 'model/corrupt') return thrown.message
    throw thrown
  }
  throw new Error('nothing was thrown')
}

describe('a safetensors file', () => {
  it('is laid out as the format demands', () => {
    const length = Number(new DataView(FILE.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(header()).toEqual({
      __metadata__: { format: 'tributary' },
      'dense/kernel': { dtype: 'F32', shape: [7, 3], data_offsets: [0, 84] },
      'dense/bias': { dtype: 'F32', shape: [3], data_offsets: [84, 96] },
      scale: { dtype: 'F32', shape: [], data_offsets: [96, 100] },
      nothing: { dtype: 'F32', shape: [0, 4], data_offsets: [100, 100] },
    })
    expect(FILE.length).toBe(8 + length + 100)
    expect(new DataView(FILE.buffer).getFloat32(8 + length, true)).toBe(VALUES.tiles[0]?.[0])
  })

  it('comes back from pieces of any size', () => {
    for (let seed = 0; seed < 100; seed++) {
      expect(sameBits(read(randomPieces(FILE, seed, 1 + (seed % 60))), VALUES)).toBe(true)
    }
    expect(sameBits(read([FILE]), VALUES)).toBe(true)
  })

  it('comes back where it spans two tiles', () => {
    const tensors = [tensor('a', TILE_ELEMENTS - 1), tensor('b', 2, 4)]
    const flat = numbered(TILE_ELEMENTS + 7)
    expect(sameBits(read(writeSafetensors(tensors, flat), tensors), flat)).toBe(true)
    const pieces = randomPieces(joinBytes(writeSafetensors(tensors, flat)), 3, 700_000)
    expect(sameBits(read(pieces, tensors), flat)).toBe(true)
  })

  it('may hold no tensors at all', () => {
    expect(read(writeSafetensors([], FlatParams.zeros(0)), []).length).toBe(0)
  })

  it('is not written where values and tensors do not fit each other', () => {
    expect(() => [...writeSafetensors(TENSORS, numbered(26))]).toThrow(RangeError)
  })

  it('reads a header that names its tensors in another order, as long as their places are right', () => {
    const reversed = Object.fromEntries(Object.entries(header()).reverse())
    expect(read([withHeader(reversed)]).length).toBe(25)
  })
})

describe('a corrupt safetensors file', () => {
  it.each([0, 5, 8, 100])('that ends within its header (%i bytes)', (bytes) => {
    expect(fault(() => read([FILE.subarray(0, bytes)]))).toContain('it ends within its header')
  })

  it('that ends within its tensors', () => {
    expect(fault(() => read([FILE.subarray(0, FILE.length - 1)]))).toContain('it ends within its tensors')
  })

  it.each([1, 4])('with %i bytes too many', (extra) => {
    const longer = joinBytes([FILE, new Uint8Array(extra)])
    expect(fault(() => read([longer]))).toContain('bytes after its last tensor')
    expect(fault(() => read([FILE, new Uint8Array(extra)]))).toContain('bytes after its last tensor')
  })

  it('whose header claims to be enormous is not waited for', () => {
    const head = new Uint8Array(8)
    new DataView(head.buffer).setBigUint64(0, 2n ** 60n, true)
    expect(fault(() => read([head]))).toContain(`its header claims ${2 ** 60} bytes`)
  })

  it.each([
    ['{"dense/kernel":', 'its header is not JSON'],
    ['null', 'its header is not'],
    ['[]', 'it holds 0 tensors, the model has 4'],
    ['7', 'its header is not'],
  ])('with the header %s', (text, sentence) => {
    expect(fault(() => read([withHeader(text)]))).toContain(sentence)
  })

  it('whose header is not UTF-8', () => {
    const file = withHeader('    ')
    file.fill(0xff, 8, 12)
    expect(fault(() => read([file]))).toContain('its header is not JSON')
  })

  it.each([
    ['a missing tensor', { scale: undefined }, 'it holds 3 tensors, the model has 4'],
    ['a foreign tensor', { foreign: { dtype: 'F32', shape: [], data_offsets: [100, 100] } }, 'it holds 5 tensors'],
    [
      'a renamed tensor',
      { scale: undefined, gain: { dtype: 'F32', shape: [], data_offsets: [96, 100] } },
      'it lacks the tensor scale',
    ],
    ['an entry that is null', { scale: null }, 'it lacks the tensor scale'],
    ['another type', { scale: { dtype: 'F16', shape: [], data_offsets: [96, 100] } }, 'scale is F16, not F32'],
    [
      'another shape',
      { 'dense/kernel': { dtype: 'F32', shape: [3, 7], data_offsets: [0, 84] } },
      'dense/kernel has the shape [3,7], not [7,3]',
    ],
    ['no shape', { scale: { dtype: 'F32', data_offsets: [96, 100] } }, 'scale has the shape undefined'],
    [
      'another place',
      { scale: { dtype: 'F32', shape: [], data_offsets: [92, 96] } },
      'scale does not lie at bytes 96 to 100',
    ],
    ['no place', { scale: { dtype: 'F32', shape: [] } }, 'scale does not lie at bytes 96 to 100'],
  ])('with %s', (_, change, sentence) => {
    const message = fault(() => read([withHeader({ ...header(), ...change })]))
    expect(message).toContain(sentence)
    expect(message).toMatch(
      /^The safetensors file does not fit the model: .* Fetch the version again, or choose another\.$/,
    )
  })
})
