import { gzipSync } from 'node:zlib'
import { BlobWriter, TextReader, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js'
import { dump } from 'npyjs'
import { describe, expect, it } from 'vitest'
import { writeIdx } from '../../../shared/datasets/idx.ts'
import { dataSchema, type ImageSchema } from '../../../shared/protocol/data.ts'
import { type SourceFile, sourceFile } from '../files/source-file.ts'
import { file, readAll, refusal } from '../testing/files.ts'
import { channelsOf, place } from './decode.ts'

const schemaOf = (more: object) => dataSchema.parse({ kind: 'images', classes: ['cat', 'dog'], ...more }) as ImageSchema
const TINY = schemaOf({ width: 2, height: 1 })
const COLOUR = schemaOf({ width: 32, height: 32, channels: 3 })

const labelsOf = (dataset: { targets: object }) =>
  'labels' in dataset.targets ? Array.from(dataset.targets.labels as Uint8Array) : []

async function zip(
  path: string,
  entries: Record<string, Uint8Array | string>,
  options: object = {},
): Promise<SourceFile> {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false, ...options })
  for (const [name, content] of Object.entries(entries)) {
    await writer.add(name, typeof content === 'string' ? new TextReader(content) : new Uint8ArrayReader(content))
  }
  return sourceFile(await writer.close(), path)
}

const PETS = {
  'pets/cat/1.png': Uint8Array.of(7),
  'pets/Dog/2.jpg': Uint8Array.of(9),
  'pets/cat/3.png': Uint8Array.of(8),
}

describe('folders of pictures', () => {
  it('are of the class of their folder; what is no picture of a class is left out and reported', async () => {
    const files = [
      ...Object.entries(PETS).map(([path, bytes]) => file(path, bytes)),
      file('pets/bird/4.png', Uint8Array.of(1)),
      file('pets/dog/5.png', Uint8Array.of(255)),
      file('pets/.DS_Store', 'x'),
    ]
    const { dataset, report, progress } = await readAll(files, TINY)
    expect(dataset).toMatchObject({ count: 3, shape: [1, 2, 1], targets: { classes: 2 } })
    expect(Array.from(dataset.values)).toEqual([7, 7, 9, 9, 8, 8])
    expect(labelsOf(dataset)).toEqual([0, 1, 0])
    expect(report.shown.map(({ file: path, reason }) => [path, reason])).toEqual([
      ['pets/bird/4.png', 'the folder “bird” is no class'],
      ['pets/dog/5.png', 'it cannot be read as a picture (no picture)'],
    ])
    expect(progress.at(-1)).toEqual({ fraction: 1, examples: 3 })
  })

  it('are told apart where their names differ in case alone, and are else found without regard to it', async () => {
    const schema = schemaOf({ width: 2, height: 1, classes: ['A', 'a', 'Dog'] })
    const files = ['A', 'a', 'dog'].map((name, i) => file(`all/${name}/${i}.png`, Uint8Array.of(i)))
    expect(labelsOf((await readAll(files, schema)).dataset)).toEqual([0, 1, 2])
  })

  it('may be in a .zip, whatever systems add to it', async () => {
    const archive = await zip('pets.zip', { ...PETS, '__MACOSX/pets/cat/._1.png': 'x', 'pets/.DS_Store': 'x' })
    expect(labelsOf((await readAll([archive], TINY)).dataset)).toEqual([0, 1, 0])
  })

  it.each<[string, () => Promise<SourceFile[]> | SourceFile[], RegExp]>([
    [
      'of other classes',
      () => [file('pets/bird/1.png', Uint8Array.of(1))],
      /^data\/mismatch .* none of bird is a class of this job: cat, dog\./,
    ],
    ['in no folder', () => [file('1.png', Uint8Array.of(1))], /^data\/mismatch .* none of \(no folder\)/],
    [
      'of which none can be read',
      () => [file('cat/1.png', Uint8Array.of(255))],
      /^data\/empty .* cat\/1\.png: it cannot be read as a picture/,
    ],
    [
      'in a .zip that is cut off',
      async () => [sourceFile((await (await zip('p.zip', PETS)).blob()).slice(0, 90), 'p.zip')],
      /^data\/malformed p\.zip is not a whole \.zip/,
    ],
    ['in a .zip that is none', () => [file('p.zip', 'hello')], /^data\/malformed p\.zip is not a whole \.zip/],
    [
      'in a .zip with a password',
      async () => [await zip('p.zip', PETS, { password: 'secret' })],
      /^data\/malformed p\.zip is encrypted/,
    ],
    ['in an empty .zip', async () => [await zip('p.zip', {})], /^data\/empty There are no files/],
    [
      'something else',
      () => [file('table.xlsx', 'x')],
      /^data\/mismatch This job takes grey pictures of 2 × 1; table\.xlsx cannot be read/,
    ],
  ])('are refused where they are %s', async (_, make, sentence) => {
    expect(await refusal(await make(), TINY)).toMatch(sentence)
  })

  it('are refused in a .zip whose entry has more bytes than it says, or that says it has more than can be', async () => {
    const blob = await (await zip('p.zip', { 'cat/1.png': new Uint8Array(4_000_000) }, { level: 9 })).blob()
    const bytes = new Uint8Array(await blob.arrayBuffer())
    const sizes = (size: number) => {
      const changed = bytes.slice()
      const view = new DataView(changed.buffer)
      for (let at = 0; at + 4 < changed.length; at++) {
        if (view.getUint32(at, true) === 4_000_000) view.setUint32(at, size, true)
      }
      return file('p.zip', changed)
    }
    expect(await refusal([sizes(4_000_000)], TINY)).toBe('accepted')
    expect(await refusal([sizes(3_000_000_000)], TINY)).toMatch(
      /^data\/malformed p\.zip says that cat\/1\.png unpacks to \d+ times its size/,
    )
    expect(await refusal([sizes(1000)], TINY)).toMatch(
      /cannot be read as a picture \(p\.zip (says that cat\/1\.png has 1000 bytes|is damaged)/,
    )
  })
})

describe('CIFAR’s binary files', () => {
  /** Two pictures: red, green and blue are 1, 2 and 3; then 4, 5 and 6. */
  const records = (labels: readonly number[][]) =>
    labels.flatMap((of, i) => [...of, ...[1, 2, 3].flatMap((c) => new Array<number>(1024).fill(3 * i + c))])

  it.each([
    ['CIFAR-10', 'data_batch_1.bin', records([[1], [0]])],
    [
      'CIFAR-100, by its fine labels',
      'train.bin',
      records([
        [9, 1],
        [9, 0],
      ]),
    ],
  ])('are read: %s', async (_, name, bytes) => {
    const { dataset } = await readAll([file(name, Uint8Array.from(bytes))], COLOUR)
    expect(dataset).toMatchObject({ count: 2, shape: [32, 32, 3] })
    expect(labelsOf(dataset)).toEqual([1, 0])
    expect(Array.from(dataset.values.slice(0, 6))).toEqual([1, 2, 3, 1, 2, 3])
    expect(Array.from(dataset.values.slice(-3))).toEqual([4, 5, 6])
  })

  it('are read zipped, by themselves or in a .zip', async () => {
    const zipped = gzipSync(Uint8Array.from(records([[1], [0]])))
    for (const files of [
      [file('data_batch_1.bin.gz', zipped)],
      [await zip('c.zip', { 'data_batch_1.bin.gz': zipped })],
    ])
      expect(labelsOf((await readAll(files, COLOUR)).dataset)).toEqual([1, 0])
    const fine = gzipSync(Uint8Array.from(records([[9, 1]])))
    expect(labelsOf((await readAll([file('train.bin.gz', fine)], COLOUR)).dataset)).toEqual([1])
    expect(await refusal([file('data_batch_1.bin.gz', gzipSync(new Uint8Array(3000)))], COLOUR)).toMatch(
      /^data\/malformed data_batch_1\.bin\.gz has 3000 bytes/,
    )
  })

  it.each([
    ['cut off', 'data_batch_1.bin', new Array<number>(3000).fill(0), COLOUR, /^data\/malformed .* has 3000 bytes/],
    ['empty', 'data_batch_1.bin', [], COLOUR, /^data\/malformed/],
    ['of other pictures than the job takes', 'data_batch_1.bin', records([[1]]), TINY, /^data\/mismatch .* 32 × 32/],
    ['of other classes', 'data_batch_1.bin', records([[9]]), COLOUR, /^data\/empty .* row 1: its label is 9/],
  ])('are refused where they are %s', async (_, name, bytes, schema, sentence) => {
    expect(await refusal([file(name, Uint8Array.from(bytes))], schema)).toMatch(sentence)
  })
})

describe('NumPy’s files', () => {
  const npy = (values: Uint8Array | Float32Array | BigInt64Array, shape: number[]) =>
    new Uint8Array(dump(values, shape))
  const x = npy(Uint8Array.of(1, 2, 3, 4), [2, 1, 2])
  const y = npy(BigInt64Array.of(1n, 0n), [2])

  it.each<[string, () => Promise<SourceFile[]> | SourceFile[]]>([
    ['a pair of .npy', () => [file('y_train.npy', y), file('x_train.npy', x)]],
    ['an .npz', async () => [await zip('d.npz', { 'x.npy': x, 'y.npy': y })]],
  ])('are read: %s', async (_, make) => {
    const { dataset } = await readAll(await make(), TINY)
    expect(dataset).toMatchObject({ count: 2, shape: [1, 2, 1], scale: { std: [255] } })
    expect(Array.from(dataset.values)).toEqual([1, 2, 3, 4])
    expect(labelsOf(dataset)).toEqual([1, 0])
  })

  it('are read with numbers between 0 and 1', async () => {
    const floats = npy(Float32Array.of(0, 0.5, 1, 0.25), [2, 1, 2, 1])
    const { dataset, report } = await readAll([file('x.npy', floats), file('y.npy', y)], TINY)
    expect(dataset).toMatchObject({ scale: { mean: [0], std: [1] } })
    expect(Array.from(dataset.values)).toEqual([0, 0.5, 1, 0.25])
    expect(report.notes[0]).toContain('pixels between 0 and 1')
  })

  it('are read with pixels of whatever type, zipped too', async () => {
    for (const pixels of [Float32Array.of(0, 128, 255, 4), Int32Array.of(0, 128, 255, 4)]) {
      const zipped = gzipSync(new Uint8Array(dump(pixels, [2, 1, 2])))
      const { dataset } = await readAll([file('x.npy.gz', zipped), file('y.npy', y)], TINY)
      expect(dataset).toMatchObject({ scale: { std: [255] }, values: Uint8Array.of(0, 128, 255, 4) })
    }
  })

  it('are read as rows of a table', async () => {
    const schema = dataSchema.parse({ kind: 'table', columns: [{ name: 'a' }, { name: 'b' }], target: 'c' })
    const { dataset } = await readAll(
      [file('x.npy', npy(Float32Array.of(1, 2, 3, 4), [2, 2])), file('y.npy', npy(Float32Array.of(5, 6), [2, 1]))],
      schema,
    )
    expect(dataset).toMatchObject({ count: 2, targets: { outputs: 1, values: Float32Array.of(5, 6) } })
  })

  it.each<[string, () => SourceFile[], RegExp]>([
    ['one alone', () => [file('x.npy', x)], /^data\/mismatch NumPy files come in pairs/],
    [
      'of other lengths',
      () => [file('x.npy', x), file('y.npy', npy(Uint8Array.of(1), [1]))],
      /one target for each input/,
    ],
    [
      'of another shape',
      () => [file('x.npy', npy(Uint8Array.of(1, 2), [2, 1])), file('y.npy', y)],
      /examples of the shape \[1\]; this job takes \[1, 2, 1\]/,
    ],
    [
      'with values that are no numbers',
      () => [file('x.npy', npy(Float32Array.of(0, 1, Number.NaN, 1), [2, 1, 2])), file('y.npy', y)],
      /x\.npy holds NaN as its value 2/,
    ],
    [
      'with values that are no pixels',
      () => [file('x.npy', npy(Float32Array.of(0, 1, 300, 1), [2, 1, 2])), file('y.npy', y)],
      /values from 0 to 300; pixels are/,
    ],
    [
      'two pairs',
      () => ['x_train', 'x_test'].map((name) => file(`${name}.npy`, x)).concat(file('y_train.npy', y)),
      /^data\/mismatch NumPy files come in pairs/,
    ],
    [
      'of labels that the job has not',
      () => [file('x.npy', x), file('y.npy', npy(Uint8Array.of(0, 5), [2]))],
      /the label 5 at example 1/,
    ],
    ['cut off', () => [file('x.npy', x.subarray(0, x.length - 2)), file('y.npy', y)], /^data\/malformed x\.npy/],
    [
      'something else',
      () => [file('x.npy', 'hello, world'), file('y.npy', y)],
      /^data\/malformed x\.npy is not a NumPy file/,
    ],
  ])('are refused where they are %s', async (_, make, sentence) => {
    expect(await refusal(make(), TINY)).toMatch(sentence)
  })
})

describe('IDX files', () => {
  const images = writeIdx([2, 1, 2], Uint8Array.of(1, 2, 3, 4))
  const labels = writeIdx([2], Uint8Array.of(1, 0))

  it.each<[string, () => SourceFile[]]>([
    ['by their names', () => [file('labels-idx1-ubyte', labels), file('images-idx3-ubyte', images)]],
    ['zipped', () => [file('labels-idx1-ubyte.gz', gzipSync(labels)), file('images-idx3-ubyte.gz', gzipSync(images))]],
    ['by their size', () => [file('b', labels), file('a', images)]],
  ])('are read: %s', async (_, make) => {
    const { dataset } = await readAll(make(), TINY)
    expect(Array.from(dataset.values)).toEqual([1, 2, 3, 4])
    expect(labelsOf(dataset)).toEqual([1, 0])
  })

  it.each<[string, () => SourceFile[], RegExp]>([
    ['one alone', () => [file('images-idx3-ubyte', images)], /^data\/mismatch IDX files come in pairs/],
    [
      'four',
      () => ['a', 'b', 'c', 'd'].map((name) => file(`${name}-idx1-ubyte`, labels)),
      /^data\/mismatch IDX files come in pairs/,
    ],
    [
      'cut off',
      () => [file('images-idx3-ubyte', images.subarray(0, 18)), file('labels-idx1-ubyte', labels)],
      /^data\/malformed/,
    ],
  ])('are refused where they are %s', async (_, make, sentence) => {
    expect(await refusal(make(), TINY)).toMatch(sentence)
  })
})

describe('a picture of another size', () => {
  const from = { width: 200, height: 100 }
  const to = { width: 10, height: 10 }

  it('covers everything, fits in, or is stretched', () => {
    expect(place(from, { ...to, resize: 'crop' })).toEqual({ x: -5, y: 0, w: 20, h: 10 })
    expect(place(from, { ...to, resize: 'fit' })).toEqual({ x: 0, y: 2.5, w: 10, h: 5 })
    expect(place(from, { ...to, resize: 'stretch' })).toEqual({ x: 0, y: 0, w: 10, h: 10 })
  })

  it('has the channels that the job takes; what is see-through is paper', () => {
    const rgba = Uint8ClampedArray.of(255, 0, 0, 255, 255, 255, 255, 0)
    const of = (channels: number, invert = false) => Array.from(channelsOf(rgba, { channels, invert }))
    expect(of(1)).toEqual([76, 0])
    expect(of(1, true)).toEqual([179, 0])
    expect(of(3)).toEqual([255, 0, 0, 0, 0, 0])
    expect(of(3, true)).toEqual([0, 255, 255, 0, 0, 0])
    expect(of(4)).toEqual([255, 0, 0, 255, 255, 255, 255, 0])
  })
})

it('reading ends where nobody waits for it any more', async () => {
  const { readFiles } = await import('../readers/read-files.ts')
  const controller = new AbortController()
  const decode = async () => {
    controller.abort()
    return new Uint8Array(2)
  }
  const files = Object.entries(PETS).map(([path, bytes]) => file(path, bytes))
  await expect(
    readFiles(files, TINY, { decode, signal: controller.signal, onProgress: () => {}, mapping: {} }),
  ).rejects.toMatchObject({
    code: 'training/cancelled',
  })
})
