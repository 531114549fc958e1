import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { histogram } from '../../shared/datasets/dataset.ts'
import { syntheticDigits } from '../../shared/datasets/synthetic-digits.ts'
import { type JobConfig, parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsFor, request, smallJob } from '../testing/jobs.ts'
import { loadData } from './load.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-simulator-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, content)
  return path
}

/** A table of one number and two classes. */
function tableJob(target = ['no', 'yes']): JobConfig {
  return parseJobConfig(
    {
      name: 'Table',
      model: { preset: 'tabular-mlp' },
      data: { kind: 'table', columns: [{ name: 'age' }], target: 'ill', classes: target },
    },
    'The test’s job',
  )
}

const HOSPITALS =
  'age,hospital,ill\n30,East,yes\n40,West,no\n50,East,no\n60,,no\n61,North,yes\nold,West,yes\n70,West,yes\n'

/** An IDX file of bytes. */
function idx(shape: readonly number[], values: readonly number[]): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  head.setUint32(0, 0x0800 + shape.length)
  shape.forEach((size, i) => {
    head.setUint32(4 + 4 * i, size)
  })
  return Uint8Array.from([...new Uint8Array(head.buffer), ...values])
}

async function idxFolder(name: string): Promise<string> {
  const pixels = (count: number) => Array.from({ length: count * 784 }, (_, i) => i % 256)
  await file(`${name}/train-images-idx3-ubyte`, idx([4, 28, 28], pixels(4)))
  await file(`${name}/train-labels-idx1-ubyte`, idx([4], [0, 1, 2, 3]))
  await file(`${name}/t10k-images-idx3-ubyte`, idx([2, 28, 28], pixels(2)))
  await file(`${name}/t10k-labels-idx1-ubyte`, idx([2], [9, 8]))
  return join(folder, name)
}

describe('synthetic digits', () => {
  it('are by default a writer each, who writes what a tab of that writer draws', async () => {
    const { dataset, parts, test, name } = await digitsFor(smallJob({ seed: 7 }), { clients: 3, examples: 20 })
    expect(parts.map((part) => part.length)).toEqual([20, 20, 20])
    const second = syntheticDigits({ seed: 7, writer: 2, count: 20 })
    expect([parts[1]?.[0], parts[1]?.at(-1)]).toEqual([20, 39])
    expect(dataset.values.slice(20 * 784, 40 * 784)).toEqual(second.values)
    expect([name, test?.count]).toEqual(['synthetic-digits, natural-id', 1000])
  })

  it('may be divided otherwise, and are scaled as the job says', async () => {
    const data = { classes: [...'0123456789'], normalise: { mean: [0.5], std: [0.5] } }
    const { dataset, parts } = await digitsFor(smallJob({ data }), { partition: 'linear' })
    expect(parts.map((part) => part.length)).toEqual([16, 32, 48, 64])
    expect(dataset.scale).toEqual({ mean: [127.5], std: [127.5] })
  })

  it('beyond the memory are refused', async () => {
    await expect(digitsFor(smallJob(), { clients: 100_000, examples: 1000 })).rejects.toThrow(/Use fewer clients/)
  })
})

describe('a table', () => {
  it('is divided by whoever a column names; rows without it are left out and told', async () => {
    const path = await file('ill.csv', HOSPITALS)
    const asked = request({ data: path, clients: null, partition: 'natural-id:hospital' })
    const { dataset, parts, notes } = await loadData(tableJob(), asked)
    expect(dataset.count).toBe(5)
    expect(parts.map((part) => [...part])).toEqual([[0, 2], [1, 4], [3]])
    expect(histogram(dataset)).toEqual([2, 3])
    expect(notes).toEqual([
      expect.stringMatching(/^2 left out, such as ill\.csv, row 5, column hospital: the cell is empty\.$/),
    ])
  })

  it('without that column is refused, with those that it has', async () => {
    const path = await file('ill.csv', HOSPITALS)
    const asked = request({ data: path, clients: null, partition: 'natural-id:clinic' })
    await expect(loadData(tableJob(), asked)).rejects.toThrow(/ill\.csv has no column clinic; it has age, hospital/)
  })

  it('is tested on another one', async () => {
    const path = await file('ill.csv', HOSPITALS)
    const more = await file('more.csv', 'age,ill\n1,yes\n2,no\n')
    const { test, dataset, parts } = await loadData(tableJob(), request({ data: path, testData: more, clients: 2 }))
    expect([test?.count, dataset.count, parts.length]).toEqual([2, 6, 2])
  })
})

describe('a folder of IDX files', () => {
  it('is trained on, but for those that are for tests by their name', async () => {
    const path = await idxFolder('mnist')
    const { dataset, test, parts } = await loadData(smallJob(), request({ data: path, clients: 2 }))
    expect([dataset.count, test?.count, parts.length]).toEqual([4, 2, 2])
    expect(histogram(test as never)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
  })

  it('is what mnist means, where TRIBUTARY_DATA names the folder above it', async () => {
    await idxFolder('mnist')
    const asked = request({ data: 'mnist', clients: 4, folder })
    const { dataset, test, parts } = await loadData(smallJob(), asked)
    expect([dataset.count, test?.count, parts.map((part) => part.length)]).toEqual([4, 2, [1, 1, 1, 1]])
  })
})

describe('refused, with what mends it', () => {
  it.each<[string, Partial<Parameters<typeof loadData>[1]>, string, RegExp]>([
    ['no data', { data: null }, 'data/missing', /Say with --data what the clients train on/],
    ['a path that is not there', { data: '/no/such' }, 'data/missing', /The data \/no\/such cannot be read: ENOENT/],
    ['test data that are not there', { testData: '/no/such' }, 'data/missing', /ENOENT.*--test-data takes the path/],
    ['mnist without its folder', { data: 'mnist' }, 'data/missing', /TRIBUTARY_DATA is not set/],
    ['an unknown partition', { partition: 'idd' }, 'data/partition', /none of the known ways/],
    ['more clients than can be', { clients: 100, examples: 1, partition: 'shards:2' }, 'data/partition', /200 shards/],
    ['a column of what is no table', { partition: 'natural-id:x', clients: 5 }, 'data/partition', /no column x/],
  ])('%s', async (_, change, code, message) => {
    const config = smallJob({ demoData: { source: 'none' } })
    await expect(loadData(config, request(change))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  it('pictures, an empty folder, and a column where files are no table', async () => {
    await file('pets/cats/1.jpg', 'x')
    await mkdir(join(folder, 'empty'))
    const idxs = await idxFolder('more')
    const ask = (data: string, partition: string | null = null) =>
      loadData(smallJob(), request({ data, partition, clients: 2 }))
    await expect(ask(join(folder, 'pets'))).rejects.toThrow(
      /pets\/cats\/1\.jpg is a picture, which only a browser can decode/,
    )
    await expect(ask(join(folder, 'empty'))).rejects.toThrow(/There are no files in/)
    await expect(ask(idxs, 'natural-id:site')).rejects.toThrow(
      /needs a table with that column, and these files are none/,
    )
    await expect(ask(idxs, 'natural-id')).rejects.toThrow(/name its column: natural-id:COLUMN/)
  })
})
