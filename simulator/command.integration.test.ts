/** The command as people type it, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { mlp } from '../shared/jobs/models.ts'
import { digitsJob } from '../shared/jobs/templates.ts'

let folder: string
let job: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-simulate-'))
  job = join(folder, 'job.json')
  const model = { topology: mlp(784, [16], 10) }
  await writeFile(job, JSON.stringify({ ...digitsJob, model, rounds: 3 }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Of tests that failed, what still runs. */
const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(args: readonly string[], began: (child: ChildProcess, err: string) => void = () => {}): Promise<Ran> {
  const env = { ...process.env, TRIBUTARY_DATA: '' }
  const child = spawn(process.execPath, ['dist/node/server/cli/main.js', 'simulate', ...args], { env })
  running.add(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes) => {
    out += bytes
  })
  child.stderr.on('data', (bytes) => {
    err += bytes
    began(child, err)
  })
  return new Promise((resolve) =>
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code, out, err })
    }),
  )
}

const SMALL = ['-n', '4', '--examples', '40', '-t', '2']

describe('tributary simulate', () => {
  test('runs a job file, prints a table and one JSON object last, and writes what it is asked to write', async () => {
    const [csv, out] = [join(folder, 'rounds.csv'), join(folder, 'model.safetensors')]
    const {
      code,
      out: printed,
      err,
    } = await run([job, ...SMALL, '--set', 'seed=9', '--json', '--csv', csv, '--out', out])
    expect(code).toBe(0)
    const report = JSON.parse(printed)
    expect(report).toMatchObject({ state: 'finished', clients: 4, threads: 2, failures: [], settings: { seed: 9 } })
    expect(report.rounds.length).toBe(3)
    expect(err).toContain('round    loss  accuracy  updates  failed')
    expect(err).toMatch(/4 clients on 2 threads with synthetic-digits, natural-id: [\d.]+ clients a second/)

    const model = await readFile(out)
    expect(createHash('sha256').update(model).digest('hex')).toBe(report.sha256)
    const header = JSON.parse(model.subarray(8, 8 + Number(model.readBigUInt64LE(0))).toString('utf8'))
    const shapes = Object.values(header as Record<string, { shape?: number[] }>).flatMap(({ shape }) =>
      shape ? [shape] : [],
    )
    expect(shapes).toEqual([[784, 16], [16], [16, 10], [10]])
    const [head, ...rows] = (await readFile(csv, 'utf8')).trim().split('\n')
    expect(head).toBe('round,version,loss,accuracy,updates,examples,failed,seconds')
    expect(rows.map((row) => Number(row.split(',')[2]))).toEqual(
      report.rounds.map(({ loss }: { loss: number }) => loss),
    )
  })

  test('stops on the first signal, and reports the rounds until then', async () => {
    let told = false
    const { code, out, err } = await run([job, ...SMALL, '--set', 'rounds=100000', '--json'], (child, err) => {
      if (told || !/round \d+ of/.test(err)) return
      told = true
      child.kill('SIGINT')
    })
    expect(code).toBe(130)
    const report = JSON.parse(out)
    expect(report.state).toBe('stopped')
    expect(report.rounds.length).toBeGreaterThanOrEqual(1)
    expect(err).not.toContain('Error')
  })

  test('ends with status 1 and the reason where the job fails', async () => {
    const { code, err } = await run([job, ...SMALL, '--set', 'limits.maxNorm=0.000001'])
    expect(code).toBe(1)
    expect(err).toContain('Only 0 of 3 rounds were committed: 5 attempts in a row were abandoned')
  })
})

describe('tributary simulate refuses, with a sentence and status 1', () => {
  test.each<[string, string[], RegExp]>([
    ['a job that is not there', ['none.json'], /The job file none\.json cannot be read: ENOENT.*\[job\/invalid\]/],
    [
      'a field that the job does not have',
      ['digits', '--set', 'roundz=1'],
      /with roundz as --set says, does not .*roundz/,
    ],
    ['a value out of range', ['digits', '--set', 'rounds=0'], /rounds: .*\[job\/invalid\]/],
    ['a setting that is none', ['digits', '--set', 'rounds'], /--set rounds cannot be used/],
    ['data that are not there', ['digits', '--data', '/no/such/place'], /The data \/no\/such\/place cannot be read/],
    ['mnist that is nowhere', ['mnist'], /TRIBUTARY_DATA is not set/],
    ['an unknown partition', ['digits', '--partition', 'random'], /The partition "random" cannot be used/],
    ['an impossible partition', ['digits', '--partition', 'pathological:11'], /needs 11 classes, and the data have 10/],
    ['no clients', ['digits', '-n', '0'], /--clients.*whole number from 1/],
    ['no threads', ['digits', '-t', '0'], /--threads.*whole number from 1/],
    ['a target that is none', ['digits', '--until', 'accuracy'], /--until.*a metric of the job/],
    [
      'a file in no folder',
      ['digits', '--out', '/no/such/place/m.safetensors'],
      /cannot be written: name a file in a folder/,
    ],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await run(args)
    expect(err).toMatch(message)
    expect(err).not.toMatch(/\n\s+at /)
    expect([code, out]).toEqual([1, ''])
  })
})
