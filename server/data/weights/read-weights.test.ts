import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorInfo } from '../../../shared/errors/error.ts'
import { joinBytes } from '../../../shared/tensors/bytes.ts'
import type { NamedTensors } from '../../../shared/tensors/named.ts'
import { writeSafetensors } from '../../../shared/tensors/safetensors.ts'
import { numbered, sameBits, values } from '../../../shared/tensors/testing.ts'
import { readWeights } from './read-weights.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-weights-'))
  await mkdir(join(folder, 'inner'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const fault = (path: string) =>
  readWeights(path).then(
    () => 'nothing was thrown',
    (thrown) => `${errorInfo(thrown).code}: ${errorInfo(thrown).message}`,
  )

/** A file with this header, and these bytes for tensors. */
function safetensors(header: unknown, bytes: Uint8Array): Uint8Array {
  const utf8 = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const head = Buffer.alloc(8)
  head.writeBigUInt64LE(BigInt(utf8.length))
  return Buffer.concat([head, utf8, bytes])
}

describe('a safetensors file', () => {
  const tensors = [
    { name: 'a/kernel', shape: [700, 500] },
    { name: 'a/bias', shape: [500] },
    { name: 'scale', shape: [] },
    { name: 'none', shape: [0, 3] },
  ]

  it('is read to the bit, with its digest', async () => {
    const flat = numbered(350_501)
    const bytes = joinBytes(writeSafetensors(tensors, flat))
    const { weights, sha256 } = await readWeights(await file('own.safetensors', bytes))
    expect(weights.tensors).toEqual(tensors)
    expect(sameBits(weights.values, flat)).toBe(true)
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  it('of halves is read without loss, whatever the order of its header', async () => {
    const bytes = Buffer.alloc(10)
    // 1, −2 and the smallest half, 2⁻²⁴; then 1.5 and −0 as bfloat16.
    ;[0x3c00, 0xc000, 0x0001, 0x3fc0, 0x8000].forEach((bits, i) => bytes.writeUInt16LE(bits, i * 2))
    const header = {
      later: { dtype: 'BF16', shape: [2], data_offsets: [6, 10] },
      first: { dtype: 'F16', shape: [3, 1], data_offsets: [0, 6] },
    }
    const { weights } = await readWeights(await file('half.safetensors', safetensors(header, bytes)))
    expect(weights.tensors.map((t) => t.name)).toEqual(['first', 'later'])
    expect(values(weights.values)).toEqual([1, -2, 2 ** -24, 1.5, -0])
  })

  it.each([
    ['ends early', { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 4, 'it ends within its tensors'],
    [
      'promises more than any memory holds',
      { a: { dtype: 'F32', shape: [1e12], data_offsets: [0, 4e12] } },
      4,
      'it ends within its tensors',
    ],
    ['is too long', { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, 9, 'it has bytes after its last tensor'],
    ['has a gap', { a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8, 'a begins at byte 4 where byte 0'],
    [
      'has tensors over each other',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } },
      8,
      'b begins at byte 4',
    ],
    [
      'lies of sizes',
      { a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } },
      8,
      'a has 8 bytes, and [3] of F32 are 12',
    ],
    ['has negative places', { a: { dtype: 'F32', shape: [-1], data_offsets: [0, -4] } }, 0, 'it does not say format'],
    ['has a tensor that is nothing', { a: null }, 0, 'it does not say format'],
    ['is in a format of nobody’s', { a: { dtype: 'F33', shape: [1], data_offsets: [0, 4] } }, 4, 'a is F33'],
    ['is no JSON', '{"a"', 0, 'its header is not JSON'],
    [
      'holds other numbers',
      { a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] }, b: { dtype: 'F64', shape: [1], data_offsets: [8, 16] } },
      16,
      'a (I64), b (F64). Write F32',
    ],
  ])('that %s is refused', async (_, header, bytes, sentence) => {
    const message = await fault(await file('bad.safetensors', safetensors(header, new Uint8Array(bytes))))
    expect(message).toMatch(/^job\/weights: The weights .*bad\.safetensors: it /)
    expect(message).toContain(sentence)
  })

  it('that is none at all is refused', async () => {
    expect(await fault(await file('text.safetensors', 'This is a text, and no safetensors.'))).toContain(
      'claims a header of',
    )
    expect(await fault(await file('empty.safetensors', ''))).toContain('ends within its header')
    expect(await fault(join(folder, 'none.safetensors'))).toMatch(/^job\/weights: .*cannot be read: ENOENT/)
  })
})

describe('a model.json', () => {
  const weights = [
    { name: 'a/kernel', shape: [3, 2], dtype: 'float32' },
    { name: 'a/bias', shape: [2], dtype: 'float32' },
  ]
  const bytes = new Uint8Array(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer)
  const model = (weightsManifest: unknown) =>
    JSON.stringify({ format: 'layers-model', modelTopology: {}, weightsManifest })

  async function read(manifest: unknown): Promise<NamedTensors> {
    return (await readWeights(await file('model.json', model(manifest)))).weights
  }

  it('is read with its shards, which are cut anywhere', async () => {
    await file('s1.bin', bytes.subarray(0, 7))
    await file('inner/s2.bin', bytes.subarray(7))
    const read1 = await read([{ paths: ['s1.bin', 'inner/s2.bin'], weights }])
    expect(read1.tensors).toEqual(weights.map(({ name, shape }) => ({ name, shape })))
    expect(values(read1.values)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const text = model([{ paths: ['s1.bin', 'inner/s2.bin'], weights }])
    const { sha256 } = await readWeights(await file('model.json', text))
    expect(sha256).toBe(createHash('sha256').update(text).update(bytes).digest('hex'))
  })

  it('is read in groups, and with halves', async () => {
    await file('whole.bin', bytes.subarray(0, 24))
    const half = Buffer.alloc(4)
    ;[0x3c00, 0x4000].forEach((bits, i) => half.writeUInt16LE(bits, i * 2))
    await file('half.bin', half)
    const quantised = { ...weights[1], quantization: { dtype: 'float16', original_dtype: 'float32' } }
    const both = await read([
      { paths: ['whole.bin'], weights: [weights[0]] },
      { paths: ['half.bin'], weights: [quantised] },
    ])
    expect(values(both.values)).toEqual([1, 2, 3, 4, 5, 6, 1, 2])
  })

  it('that cannot be read in full is refused', async () => {
    await file('short.bin', bytes.subarray(1))
    await file('long.bin', joinBytes([bytes, bytes]))
    const refused = async (manifest: unknown) => fault(await file('model.json', model(manifest)))
    expect(await refused([{ paths: ['short.bin'], weights }])).toContain('short.bin, in which fewer bytes lie')
    expect(await refused([{ paths: ['long.bin'], weights }])).toContain('long.bin, in which more bytes lie')
    const endless = [{ name: 'a', shape: [1e6, 1e6], dtype: 'float32' }]
    expect(await refused([{ paths: ['long.bin'], weights: endless }])).toContain('in which fewer bytes lie')
    expect(await refused([{ paths: ['nowhere.bin'], weights }])).toMatch(/nowhere\.bin: it cannot be read: ENOENT/)
    expect(await refused([{ paths: ['../secret.bin'], weights }])).toContain('which is not beside it')
    expect(await refused([{ paths: [join(folder, 'long.bin')], weights }])).toContain('which is not beside it')
    expect(await refused([{ weights }])).toContain('lacks its paths or its weights')
    expect(await refused(undefined)).toContain('it is a topology alone')
    const quantised = { ...weights[0], quantization: { dtype: 'uint8', scale: 0.1, min: 0 } }
    const whole = { name: 'steps', shape: [1], dtype: 'int32' }
    expect(await refused([{ paths: ['long.bin'], weights: [quantised, whole] }])).toContain(
      'a/kernel (uint8), steps (int32)',
    )
    expect(await fault(await file('model.json', '{'))).toContain('is not JSON')
  })
})

it('files of other formats are refused with what helps', async () => {
  expect(await fault(await file('model.h5', ''))).toContain('tensorflowjs_converter')
  expect(await fault(await file('model.keras', ''))).toContain('docs/own-model.md')
  expect(await fault(await file('weights', ''))).toContain('is no file that weights are read from')
})
