/** Models that people bring and take away: given weights become version 0 to the bit, and what is exported can be given again. */
import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, test } from 'vitest'
import type { JobConfigInput } from '../shared/jobs/config.ts'
import { mlp } from '../shared/jobs/models.ts'
import { joinBytes } from '../shared/tensors/bytes.ts'
import { FlatParams } from '../shared/tensors/flat.ts'
import { writeSafetensors } from '../shared/tensors/safetensors.ts'
import { numbered, sameBits } from '../shared/tensors/testing.ts'
import { readJobFile } from './cli/job-file.ts'
import { projectFolder } from './cli/paths.ts'
import type { Coordinator } from './main.ts'
import {
  digits,
  downloadParams,
  enginePerformer,
  enter,
  jobReaches,
  SMALL_JOB,
  start,
  temporaryFolder,
} from './testing.integration.ts'

const TENSORS = [
  { name: 'hidden_1/kernel', shape: [784, 16] },
  { name: 'hidden_1/bias', shape: [16] },
  { name: 'classes/kernel', shape: [16, 10] },
  { name: 'classes/bias', shape: [10] },
]
const LENGTH = 784 * 16 + 16 + 160 + 10

/** Small numbers, all different enough to betray any mix-up. */
function given(seed = 1): FlatParams {
  const flat = numbered(LENGTH, seed)
  for (const tile of flat.tiles) tile.forEach((value, i) => (tile[i] = value / 1e6))
  return flat
}

/** A job file in a folder of its own, with what its model names beside it. */
async function jobFile(model: object, files: Readonly<Record<string, string | Uint8Array>> = {}, more: object = {}) {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  const path = join(folder, 'job.json')
  await writeFile(path, JSON.stringify({ ...SMALL_JOB, ...more, model }))
  return path
}

async function startFile(path: string, store?: string): Promise<Coordinator> {
  const { config, weights } = await readJobFile(path)
  return start(config as JobConfigInput, store, weights)
}

async function download({ url, adminToken, runner }: Coordinator, file: string, version?: number): Promise<Uint8Array> {
  const { versions } = runner.snapshot()
  const row = version === undefined ? versions.at(-1) : versions[version]
  const response = await fetch(`${url}/api/models/${row?.digest}/${file}`, {
    headers: { Authorization: `Bearer ${adminToken}` },
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** Read by the format's description alone: huggingface.co/docs/safetensors. */
function parsed(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const size = Number(view.getBigUint64(0, true))
  expect(size).toBeLessThan(100_000_000)
  expect(file[8]).toBe('{'.charCodeAt(0))
  expect((8 + size) % 8).toBe(0)
  const { __metadata__: about, ...entries } = JSON.parse(Buffer.from(file.subarray(8, 8 + size)).toString('utf8'))
  let at = 0
  const tensors = Object.entries(
    entries as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>,
  )
    .sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0])
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        expect([dtype, start, end - start]).toEqual(['F32', at, shape.reduce((n, d) => n * d, 4)])
        at = end
        return { name, shape, values: new Float32Array(file.slice(8 + size + start, 8 + size + end).buffer) }
      },
    )
  expect(file.length).toBe(8 + size + at)
  for (const text of Object.values(about as object)) expect(typeof text).toBe('string')
  return { about: about as Record<string, string>, tensors }
}

const trained = (coordinator: Coordinator) => {
  enter(coordinator, enginePerformer(digits(1, 30)), 30)
  return jobReaches(coordinator, (board) => board.job.state === 'finished')
}

describe('a job with weights', () => {
  const model = { topology: mlp(784, [16], 10), weights: 'models/given.safetensors' }
  const file = (seed = 1) => ({ 'models/given.safetensors': joinBytes(writeSafetensors(TENSORS, given(seed))) })

  test('begins with them, to the bit; run again it does too, and a restart needs them no more', async () => {
    const path = await jobFile(model, file(), { rounds: 1, retention: { last: 1, best: false, every: null } })
    const store = await temporaryFolder()
    const first = await startFile(path, store)
    expect(sameBits(await downloadParams(first, 0), given())).toBe(true)
    await trained(first)
    expect(sameBits(await downloadParams(first, 1), given())).toBe(false)
    const log = first.runner.snapshot().log.map(({ message }) => message)
    expect(log).toContain('Version 0 has all 4 tensors from given.safetensors.')

    // Others under the old name: what the job began with stays what it was.
    await writeFile(join(path, '../models/given.safetensors'), joinBytes(writeSafetensors(TENSORS, given(2))))
    await first.runner.command({ type: 'again' })
    expect(first.runner.snapshot().versions[0]?.digest).not.toBe(undefined)
    expect(sameBits(await downloadParams(first, 0), given())).toBe(true)
    await first.close()

    await rm(join(path, '../models'), { recursive: true })
    const second = await start(null, store)
    expect(sameBits(await downloadParams(second, 0), given())).toBe(true)
  })

  test('freezes layers by name: they stay as they were given, and the others are trained', async () => {
    const coordinator = await startFile(await jobFile({ ...model, frozen: ['hidden_*'] }, file(), { rounds: 2 }))
    expect(sameBits(await downloadParams(coordinator, 0), given())).toBe(true)
    // What is frozen is in no update.
    expect(coordinator.runner.jobInfo().updateBytes).toBe(170 * 4)
    await trained(coordinator)
    const after = await downloadParams(coordinator, 2)
    const hidden = 784 * 16 + 16
    expect(after.read(0, hidden)).toEqual(given().read(0, hidden))
    expect(after.read(hidden, 170)).not.toEqual(given().read(hidden, 170))
    const { tensors } = parsed(await download(coordinator, 'model.safetensors'))
    expect(tensors.map(({ name, shape }) => ({ name, shape }))).toEqual(TENSORS)
    expect(sameBits(FlatParams.concat(tensors.map(({ values }) => values)), after)).toBe(true)
  })

  test('takes a part of them where it says so, and tells which', async () => {
    const topology = mlp(784, [16], 10)
    const text = JSON.stringify(topology).replaceAll('"classes"', '"new_head"')
    const drawn = await start({ ...SMALL_JOB, model: { topology: JSON.parse(text) } })
    const weights = { from: 'models/given.safetensors', partial: true }
    const coordinator = await startFile(await jobFile({ topology: JSON.parse(text), weights }, file()))
    const hidden = 784 * 16 + 16
    const began = await downloadParams(coordinator, 0)
    expect(began.read(0, hidden)).toEqual(given().read(0, hidden))
    expect(began.read(hidden, 170)).toEqual((await downloadParams(drawn, 0)).read(hidden, 170))
    const log = coordinator.runner.snapshot().log.map(({ message }) => message)
    expect(log).toContain(
      'Version 0 has 2 of 4 tensors from given.safetensors. The seed made new_head/kernel, new_head/bias. Left aside: classes/kernel, classes/bias.',
    )
    const card = Buffer.from(await download(coordinator, 'card.md', 0)).toString('utf8')
    expect(card).toContain('2 of 4 tensors from given.safetensors')
    expect(card).toContain('| Of it, drawn from the seed | new\\_head/kernel, new\\_head/bias |')
  })

  test('does not start with weights that do not fit, or without those it names', async () => {
    const other = await jobFile({ preset: '2nn', weights: 'models/given.safetensors' }, file())
    await expect(startFile(other)).rejects.toMatchObject({ code: 'job/weights' })
    await expect(startFile(other)).rejects.toThrow(/hidden_1\/kernel is \[784, 16\], and the model’s is \[784, 200\]/)
    const { config } = await readJobFile(await jobFile(model, file()))
    await expect(start(config as JobConfigInput)).rejects.toThrow(/did not come with it/)
    await expect(startFile(await jobFile({ ...model, frozen: ['nope'] }, file()))).rejects.toThrow(
      /nope matches no layer/,
    )
    await expect(startFile(await jobFile({ ...model, frozen: ['*'] }, file()))).rejects.toMatchObject({
      code: 'job/untrainable',
    })
  })
})

describe('tributary export', () => {
  const main = join(projectFolder(), 'dist/node/server/cli/main.js')
  const run = (args: readonly string[]) => spawnSync(process.execPath, [main, 'export', ...args], { encoding: 'utf8' })

  test('writes what the coordinator would have given, from the store alone', async () => {
    const store = await temporaryFolder()
    const coordinator = await start({ ...SMALL_JOB, rounds: 2 }, store)
    await trained(coordinator)
    const [own, first, json, card] = await Promise.all([
      download(coordinator, 'model.safetensors'),
      download(coordinator, 'model.safetensors', 1),
      download(coordinator, 'model.json'),
      download(coordinator, 'card.md'),
    ])
    const out = await temporaryFolder()
    const path = join(out, 'deep/model.safetensors')
    expect(run(['--store', store, '--out', path]).stderr).toContain('in use by another Tributary')
    await coordinator.close()

    expect(run(['--store', store, '--out', path])).toMatchObject({ status: 0, stderr: '' })
    expect(Buffer.from(own).equals(await readFile(path))).toBe(true)
    const id = coordinator.runner.snapshot().job.id
    run(['--store', store, '--out', path, '--job', id, '--version', '1'])
    expect(Buffer.from(first).equals(await readFile(path))).toBe(true)
    run(['--store', store, '--out', join(out, 'tfjs'), '--format', 'tfjs'])
    expect(JSON.parse(await readFile(join(out, 'tfjs/model.json'), 'utf8'))).toEqual(
      JSON.parse(Buffer.from(json).toString()),
    )
    const weights = await readFile(join(out, 'tfjs/group1-shard1of1.bin'))
    expect(weights.length).toBe(LENGTH * 4)
    run(['--store', store, '--out', join(out, 'card.md'), '--format', 'card'])
    expect(await readFile(join(out, 'card.md'), 'utf8')).toBe(Buffer.from(card).toString())
    run(['--store', store, '--out', join(out, 'card.json'), '--format', 'card'])
    expect(JSON.parse(await readFile(join(out, 'card.json'), 'utf8'))).toMatchObject({ version: { number: 2 } })

    expect(run(['--store', store, '--out', path, '--version', '7']).stderr).toMatch(
      /version 7 .*It has those of 0, 1, 2\./,
    )
    expect(run(['--store', store, '--out', path, '--job', 'none']).stderr).toContain('has no job none')
    expect(run(['--store', store, '--out', join(path, 'below')]).stderr).toMatch(/cannot be written: .*server\/option/s)
  })
})

describe('a version that is taken away', () => {
  /** More than a shard holds. */
  const LARGE = { topology: mlp(784, [1500], 10) }

  test('is given again as safetensors, and as a tfjs model, to the bit', async () => {
    const coordinator = await start({ ...SMALL_JOB, model: LARGE, rounds: 1 })
    await trained(coordinator)
    const own = await downloadParams(coordinator, 1)
    expect(own.tiles.length).toBe(2)

    const safetensors = await download(coordinator, 'model.safetensors')
    const { digest } = coordinator.runner.snapshot().versions[1] ?? {}
    const { about, tensors } = parsed(safetensors)
    expect(about).toEqual({
      format: 'tributary',
      job: coordinator.runner.snapshot().job.id,
      version: '1',
      manifest: digest,
    })
    expect(tensors.map(({ name }) => name)).toEqual([
      'hidden_1/kernel',
      'hidden_1/bias',
      'classes/kernel',
      'classes/bias',
    ])
    const again = await startFile(
      await jobFile({ ...LARGE, weights: 'own.safetensors' }, { 'own.safetensors': safetensors }),
    )
    expect(sameBits(await downloadParams(again, 0), own)).toBe(true)

    const json = Buffer.from(await download(coordinator, 'model.json')).toString('utf8')
    const { paths } = JSON.parse(json).weightsManifest[0]
    expect(paths).toEqual(['group1-shard1of2.bin', 'group1-shard2of2.bin'])
    const files: Record<string, string | Uint8Array> = { 'tfjs/model.json': json }
    for (const path of paths) {
      const shard = await download(coordinator, path)
      expect(shard.length).toBeLessThanOrEqual(4 * 1024 * 1024)
      files[`tfjs/${path}`] = shard
    }
    const both = { topology: 'tfjs/model.json', weights: 'tfjs/model.json' }
    const third = await startFile(await jobFile(both, files))
    expect(sameBits(await downloadParams(third, 0), own)).toBe(true)
    await expect(download(coordinator, 'group1-shard3of2.bin')).rejects.toThrow(/404.*has no file group1-shard3of2/)
  })

  test('in shards, is loaded by tf.loadLayersModel', async () => {
    const coordinator = await start({ ...SMALL_JOB, model: { ...LARGE, frozen: ['classes'] }, autoStart: false })
    const { digest = '' } = coordinator.runner.snapshot().versions[0] ?? {}
    const headers = { Authorization: `Bearer ${coordinator.adminToken}` }
    const model = await loadLayersModel(
      tf.io.http(`${coordinator.url}/api/models/${digest}/model.json`, { requestInit: { headers } }),
    )
    const values = await Promise.all(model.getWeights().map((w) => w.data() as Promise<Float32Array>))
    expect(sameBits(FlatParams.concat(values), await downloadParams(coordinator, 0))).toBe(true)
    expect(model.layers.map((layer) => layer.trainable)).toEqual([true, false])
    model.dispose()
  })

  test('has a card with what the records say of it', async () => {
    const coordinator = await start({
      ...SMALL_JOB,
      rounds: 2,
      validationSplit: 0.2,
      description: 'For *tests* | only',
    })
    await trained(coordinator)
    const { versions, job } = coordinator.runner.snapshot()
    const card = JSON.parse(Buffer.from(await download(coordinator, 'card.json', 1)).toString('utf8'))
    expect(card).toMatchObject({
      format: 'tributary-model-card/1',
      model: { preset: null, tensors: 4, weights: { trained: LENGTH, statistic: 0, frozen: 0 } },
      version: { number: 1, bytes: versions[1]?.bytes },
      job: { id: job.id, state: 'finished', roundsPlanned: 2 },
      training: { rounds: 1, updates: 1, examples: versions[1]?.examples, contributors: 1 },
      privacy: { differentialPrivacy: false, secureAggregation: false },
      provenance: { manifest: versions[1]?.digest, parent: versions[0]?.digest, initialWeights: null },
    })
    const { version: released } = JSON.parse(await readFile('package.json', 'utf8'))
    expect(card.writtenBy).toBe(`tributary-fl ${released}`)
    expect(card.versions.map((v: { version: number }) => v.version)).toEqual([0, 1])
    const text = Buffer.from(await download(coordinator, 'card.md')).toString('utf8')
    expect(text).toContain('# Digits together, version 2')
    expect(text).toContain('For \\*tests\\* \\| only')
    expect(text).toContain('no differential privacy')
    expect(text).toContain('Only 1 client contributed.')
    const path = `${coordinator.url}/api/models/${versions[1]?.digest}`
    const kept = (await fetch(`${path}/card.md`, { headers: { Authorization: `Bearer ${coordinator.adminToken}` } }))
      .headers
    expect(kept.get('content-type')).toMatch(/^text\/markdown; charset=utf-8$/i)
    // Scores come in later: a card is fetched anew, weights are not.
    expect(kept.get('cache-control')).toBe('no-store')
    const absent = `${coordinator.url}/api/models/${'0'.repeat(64)}/card.md`
    const headers = { Authorization: `Bearer ${coordinator.adminToken}` }
    expect((await fetch(absent, { headers })).status).toBe(404)
    expect((await fetch(absent)).status).toBe(403)
  })
})
