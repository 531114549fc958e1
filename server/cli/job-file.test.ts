import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TributaryError } from '../../shared/errors/error.ts'
import { mlp } from '../../shared/jobs/models.ts'
import { joinBytes } from '../../shared/tensors/bytes.ts'
import { writeSafetensors } from '../../shared/tensors/safetensors.ts'
import { numbered, sameBits } from '../../shared/tensors/testing.ts'
import { readJobFile } from './job-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-job-file-'))
  await mkdir(join(folder, 'models'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const job = (model: unknown, more: object = {}) =>
  JSON.stringify({ name: 'Cats', model, data: { classes: ['a', 'b'] }, ...more })

async function fault(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'nothing was thrown',
    (thrown) => {
      if (thrown instanceof TributaryError) return `${thrown.code}: ${thrown.message}`
      throw thrown
    },
  )
}

describe('a job file', () => {
  it('is read with its defaults filled in', async () => {
    const { config, weights } = await readJobFile(await file('good.json', job({ preset: '2nn' })))
    expect(config).toMatchObject({
      name: 'Cats',
      rounds: 10,
      seed: 1,
      model: { preset: '2nn', weights: null, frozen: [] },
    })
    expect(weights).toBeNull()
  })

  it('that is not there, or a folder, is said to be', async () => {
    expect(await fault(readJobFile(join(folder, 'none.json')))).toMatch(
      /^job\/invalid: The job file .*none\.json cannot be read: ENOENT/,
    )
    expect(await fault(readJobFile(folder))).toMatch(/^job\/invalid: .* cannot be read: EISDIR/)
  })

  it('that is no JSON is said not to be', async () => {
    const path = await file('broken.json', '{"name": ')
    expect(await fault(readJobFile(path))).toMatch(/^job\/invalid: The job file .*broken\.json is not JSON: /)
  })

  it('with wrong fields has them named, and itself too', async () => {
    const path = await file('wrong.json', job({ preset: '2nn' }, { data: { classes: ['a'] }, roundz: 1 }))
    const message = await fault(readJobFile(path))
    expect(message).toContain('wrong.json does not describe a job')
    expect(message).toContain('data.classes: ')
    expect(message).toContain('"roundz"')
  })

  it.each(['7', '[]', 'null', '{"model": 7}', '{"model": {"preset": "2nn", "weights": 7}}'])(
    'that holds %s is refused in words',
    async (text) => {
      expect(await fault(readJobFile(await file('odd.json', text)))).toMatch(/^job\/invalid: .*does not describe a job/)
    },
  )
})

describe('a topology named in a job file', () => {
  it('is found beside the job file, and taken into the job', async () => {
    await file('models/model.json', JSON.stringify({ format: 'layers-model', modelTopology: mlp(784, [4], 2) }))
    const { config } = await readJobFile(await file('topology.json', job({ topology: 'models/model.json' })))
    expect(config.model).toEqual({ topology: mlp(784, [4], 2), weights: null, frozen: [] })
  })

  it('that is missing, another thing or of another program is refused with its path', async () => {
    const read = async (topology: string) => fault(readJobFile(await file('bad.json', job({ topology }))))
    expect(await read('nowhere.json')).toMatch(/^job\/invalid: The topology .*nowhere\.json cannot be read: ENOENT/)
    expect(await read('model.keras')).toMatch(/^job\/invalid: The topology .*model\.keras is no JSON\. Write it with/)
    await file('graph.json', '{"format": "graph-model", "modelTopology": {"node": []}}')
    expect(await read('graph.json')).toMatch(/^job\/invalid: The topology .*graph\.json is a graph model/)
  })
})

describe('weights named in a job file', () => {
  const tensors = [{ name: 'classes/kernel', shape: [2, 3] }]
  const values = numbered(6)
  const bytes = joinBytes(writeSafetensors(tensors, values))
  const sha256 = createHash('sha256').update(bytes).digest('hex')

  it('are read, and named in the job by their digest', async () => {
    await file('models/w.safetensors', bytes)
    const model = { preset: '2nn', weights: 'models/w.safetensors', frozen: ['hidden_*'] }
    const { config, weights } = await readJobFile(await file('weights.json', job(model)))
    expect(config.model).toEqual({ ...model, weights: { from: 'models/w.safetensors', sha256, partial: false } })
    expect(weights?.tensors).toEqual(tensors)
    expect(weights && sameBits(weights.values, values)).toBe(true)
    // As the dashboard saves the job.
    const saved = await readJobFile(await file('saved.json', JSON.stringify(config)))
    expect(saved.config).toEqual(config)
  })

  it('that have another digest than the job file says are refused', async () => {
    await file('models/w.safetensors', bytes)
    const weights = { from: 'models/w.safetensors', sha256: 'a'.repeat(64), partial: true }
    const message = await fault(readJobFile(await file('other.json', job({ preset: '2nn', weights }))))
    expect(message).toContain(`job/weights: The weights ${join(folder, 'models/w.safetensors')} are not those`)
    expect(message).toContain(sha256)
  })

  it('are not looked at where the job is faulty anyway', async () => {
    const path = await file('faulty.json', job({ preset: '2nn', weights: 'nowhere.safetensors' }, { rounds: 0 }))
    expect(await fault(readJobFile(path))).toMatch(/^job\/invalid: .*rounds/)
    const missing = await file('missing.json', job({ preset: '2nn', weights: 'nowhere.safetensors' }))
    expect(await fault(readJobFile(missing))).toMatch(/^job\/weights: The weights .*nowhere\.safetensors: .*ENOENT/)
  })
})
