/** A coordinator under bad input, leaving clients and restarts: real sockets, real files, real database. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, test } from 'vitest'
import { digestOf, digestOfText } from '../client/sdk/digest.ts'
import { socketWire } from '../client/sdk/socket-wire.ts'
import type { Wire } from '../client/sdk/wire.ts'
import { arraysOf, batchOf, examplesFor } from '../shared/models/examples.ts'
import { EVENTS } from '../shared/protocol/events.ts'
import type { CommitAck, HelloAck, Task } from '../shared/protocol/participant.ts'
import { PROTOCOL_VERSION } from '../shared/protocol/version.ts'
import { flatBytes } from '../shared/tensors/bytes.ts'
import { FlatParams } from '../shared/tensors/flat.ts'
import { layoutText } from '../shared/tensors/layout.ts'
import { projectFolder } from './cli/paths.ts'
import type { Coordinator } from './main.ts'
import {
  CAPABILITIES,
  closeLater,
  digits,
  downloadParams,
  enginePerformer,
  enter,
  jobReaches,
  joinWith,
  largestDifference,
  SMALL_JOB,
  start,
  temporaryFolder,
  testCoordinator,
} from './testing.integration.ts'

/** An update that is sent without the sdk's own care. */
async function rawUpdate(coordinator: Coordinator, spoil: (values: Float32Array) => { declared?: object } | undefined) {
  const wire = socketWire(coordinator.url)
  closeLater(async () => wire.close())
  try {
    return await offerRaw(coordinator, wire, spoil)
  } finally {
    await wire.request(EVENTS.availability, { available: false, leave: true })
  }
}

async function offerRaw(
  coordinator: Coordinator,
  wire: Wire,
  spoil: (values: Float32Array) => { declared?: object } | undefined,
) {
  const task = new Promise<Task>((resolve) => wire.on(EVENTS.task, (payload) => resolve(payload as Task)))
  await new Promise<void>((resolve) => (wire.up ? resolve() : wire.onUp(resolve)))
  const dataset = { source: 'other', train: 50, validation: 0 }
  const hello = { protocol: PROTOCOL_VERSION, nonce: 'a-client-by-hand', available: true, capabilities: CAPABILITIES }
  const welcome = (await wire.request(EVENTS.hello, { ...hello, dataset })) as HelloAck
  if (!welcome.ok) throw new Error(welcome.message)
  const { taskId, model } = await task
  const headers = { Authorization: `Bearer ${welcome.resumeToken}` }
  const { layout } = await (await fetch(`${coordinator.url}/api/models/${model}`, { headers })).json()
  const length = 784 * 16 + 16 + 160 + 10
  const values = new Float32Array(length).fill(0.001)
  const { declared = {} } = spoil(values) ?? {}
  const flat = FlatParams.concat([values])
  const begin = {
    taskId,
    encoding: 'f32',
    layout: digestOfText(layoutText(layout)),
    bytes: length * 4,
    sha256: digestOf(flatBytes(flat)),
    numExamples: 50,
    metrics: {},
    timings: { downloadMs: 0, trainMs: 0 },
    bytesDown: 0,
    ...declared,
  }
  const offered = (await wire.request(EVENTS.updateBegin, begin)) as {
    ok: boolean
    code?: string
    receipt?: { code?: string; status: string }
  }
  if (!offered.ok || offered.receipt) return offered.receipt ?? { status: 'refused', code: offered.code }
  await wire.request(EVENTS.updateChunk, { taskId, offset: 0, data: new Uint8Array(values.buffer) })
  const answer = (await wire.request(EVENTS.updateCommit, { taskId })) as CommitAck
  return answer.ok ? answer.receipt : { status: 'refused', code: answer.code }
}

describe('U1: an update is checked before it counts, and the others go on', () => {
  const cases: [string, string, (values: Float32Array) => { declared?: object } | undefined][] = [
    ['NaN', 'update/not-finite', (v) => void v.fill(Number.NaN, 5, 6)],
    ['infinity', 'update/not-finite', (v) => void v.fill(Number.POSITIVE_INFINITY, 7, 8)],
    ['an element out of bounds', 'update/out-of-bounds', (v) => void v.fill(5000, 9, 10)],
    ['too large a norm', 'update/norm', (v) => void v.fill(1000)],
    ['more examples than were declared', 'update/examples', () => ({ declared: { numExamples: 51 } })],
    ['another layout', 'update/wrong-layout', () => ({ declared: { layout: 'a'.repeat(64) } })],
    ['too many bytes', 'update/too-large', () => ({ declared: { bytes: 4_000_000 } })],
    ['too few bytes', 'update/wrong-size', () => ({ declared: { bytes: 400 } })],
    ['another sha256', 'update/wrong-digest', () => ({ declared: { sha256: 'b'.repeat(64) } })],
    ['an event that fits no schema', 'protocol/malformed', () => ({ declared: { numExamples: 'many' } })],
  ]
  test.each(cases)('%s is answered %s', async (_, code, spoil) => {
    const coordinator = await start({
      ...SMALL_JOB,
      rounds: 1,
      minClients: 2,
      deadlineSeconds: 4,
      clientsPerRound: null,
    })
    enter(coordinator, enginePerformer(digits(1, 40)), 40)
    const verdict = await rawUpdate(coordinator, spoil)
    await jobReaches(coordinator, (board) => board.clients.some((c) => c.state === 'gone'))
    expect(verdict).toMatchObject({ code })
    expect(coordinator.runner.snapshot().job.round).toBe(0)
    // A sound client takes the spoiler's place, and the round commits.
    enter(coordinator, enginePerformer(digits(2, 40)), 40)
    await jobReaches(coordinator, (board) => board.job.round === 1)
    const params = await downloadParams(coordinator)
    expect(params.tiles.every((tile) => tile.every((value) => Number.isFinite(value)))).toBe(true)
  })
})

test('R6: an accepted update counts even if its sender leaves before the commit', async () => {
  const coordinator = await start({ ...SMALL_JOB, rounds: 1, minClients: 2 })
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = enginePerformer(digits(2, 30))
  const first = enter(coordinator, enginePerformer(digits(1, 30)), 30)
  enter(
    coordinator,
    {
      async perform(...args) {
        await held
        return slow.perform(...args)
      },
    },
    30,
  )
  await first.until((event) => event.type === 'task-ended')
  await first.session.leave()
  await jobReaches(coordinator, (board) => board.clients.some((c) => c.state === 'gone'))
  release()
  await jobReaches(coordinator, (board) => board.job.round === 1)
  expect(coordinator.runner.snapshot().versions.at(-1)).toMatchObject({ updates: 2, examples: 60 })
})

test('R3: at the deadline a round commits with the minimum, and the straggler is told stale and stays', async () => {
  const coordinator = await start({ ...SMALL_JOB, rounds: 2, minClients: 1, deadlineSeconds: 1, autoStart: false })
  let slowOnes = 0
  const engine = enginePerformer(digits(2, 30))
  const straggler = enter(
    coordinator,
    {
      async perform(task, model, signal, onProgress) {
        if (task.round === 1) {
          slowOnes++
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        }
        return engine.perform(task, model, signal, onProgress)
      },
    },
    30,
  )
  enter(coordinator, enginePerformer(digits(1, 30)), 30)
  await jobReaches(coordinator, (board) => board.clients.length === 2)
  await coordinator.runner.command({ type: 'start' })
  await jobReaches(coordinator, (board) => board.job.state === 'finished')
  const { rounds } = coordinator.runner.snapshot()
  expect(slowOnes).toBe(1)
  expect(rounds[0]).toMatchObject({ state: 'committed', updates: 1 })
  expect(rounds[1]).toMatchObject({ state: 'committed', updates: 2 })
  expect(straggler.events.some((e) => e.type === 'problem' && e.fatal)).toBe(false)
})

test('R7: a restarted coordinator goes on where it was; a run again starts from version 0', async () => {
  const path = await temporaryFolder()
  const job = { ...SMALL_JOB, rounds: 6 }
  const first = await testCoordinator(job, path)
  const client = joinWith(first.url, enginePerformer(digits(1, 30)), 30)
  await jobReaches(first, (board) => board.job.round >= 2)
  await client.session.leave()
  await first.close()
  const kept = first.runner.snapshot()

  const second = await start(null, path)
  const board = second.runner.snapshot()
  expect(second.adminToken).toBe(first.adminToken)
  expect(board.job.id).toBe(kept.job.id)
  expect(board.versions.map((v) => v.digest)).toEqual(kept.versions.map((v) => v.digest))
  enter(second, enginePerformer(digits(1, 30)), 30)
  await jobReaches(second, (b) => b.job.state === 'finished')
  expect(second.runner.snapshot().versions.map((v) => v.version)).toEqual([0, 1, 2, 3, 4, 5, 6])
  const attempts = second.runner.snapshot().rounds.map((r) => r.attempt)
  expect(new Set(attempts).size).toBe(attempts.length)

  const zero = await downloadParams(second, 0)
  await second.runner.command({ type: 'again' })
  expect(second.runner.snapshot().job.id).not.toBe(board.job.id)
  expect(largestDifference(await downloadParams(second, 0), zero)).toBe(0)
  await jobReaches(second, (b) => b.job.state === 'finished')
})

describe('models over HTTP', () => {
  test('tfjs loads model.json, and gets the committed weights', async () => {
    const coordinator = await start({ ...SMALL_JOB, rounds: 1 })
    enter(coordinator, enginePerformer(digits(1, 30)), 30)
    await jobReaches(coordinator, (board) => board.job.state === 'finished')
    const { digest = '' } = coordinator.runner.snapshot().versions.at(-1) ?? {}
    const headers = { Authorization: `Bearer ${coordinator.adminToken}` }
    const model = await loadLayersModel(
      tf.io.http(`${coordinator.url}/api/models/${digest}/model.json`, { requestInit: { headers } }),
    )
    const data = digits(4, 20)
    const examples = examplesFor(model, data)
    const { xs } = batchOf(examples, arraysOf(examples, [0, 1, 2]))
    const predictions = await (model.predict(xs) as tf.Tensor).data()
    expect(predictions.length).toBe(30)
    const params = await downloadParams(coordinator)
    const kernel = await model.layers[0]?.getWeights()[0]?.data()
    expect(Array.from(kernel ?? []).slice(0, 50)).toEqual(Array.from(params.read(0, 50)))
    expect(kernel?.length).toBe(784 * 16)
  })

  test('what changes state needs the admin’s key; a model needs a token', async () => {
    const coordinator = await start({ ...SMALL_JOB, autoStart: false })
    const post = (headers: Record<string, string>) =>
      fetch(`${coordinator.url}/api/admin/job/stop`, { method: 'POST', headers })
    expect((await post({})).status).toBe(403)
    expect((await post({ Authorization: 'Bearer wrong' })).status).toBe(403)
    expect(await (await post({})).json()).toMatchObject({ error: { code: 'access/denied' } })
    expect(coordinator.runner.snapshot().job.state).toBe('waiting')
    expect((await post({ Authorization: `Bearer ${coordinator.adminToken}` })).status).toBe(200)
    expect(coordinator.runner.snapshot().job.state).toBe('stopped')
    const again = await post({ Authorization: `Bearer ${coordinator.adminToken}` })
    expect(again.status).toBe(409)
    const { digest } = coordinator.runner.snapshot().versions[0] ?? {}
    expect((await fetch(`${coordinator.url}/api/models/${digest}`)).status).toBe(403)
    expect((await fetch(`${coordinator.url}/healthz`)).status).toBe(200)
    expect(await (await fetch(`${coordinator.url}/metrics`)).text()).toContain('tributary_rounds_committed')
    const login = await fetch(`${coordinator.url}/dashboard?token=${coordinator.adminToken}`, { redirect: 'manual' })
    expect(login.headers.get('location')).toBe('/dashboard/')
    expect(login.headers.get('set-cookie')).toContain('HttpOnly')
  })

  test('a page of another origin is turned away', async () => {
    const coordinator = await start(SMALL_JOB)
    const ask = (origin: string) =>
      fetch(`${coordinator.url}/socket.io/?EIO=4&transport=polling`, { headers: { Origin: origin } })
    expect((await ask('https://elsewhere.example')).status).toBe(403)
    expect((await ask(coordinator.url)).status).toBe(200)
  })
})

describe('the command line', () => {
  const main = join(projectFolder(), 'dist/node/server/cli/main.js')
  const run = (args: string[], env: Record<string, string> = {}) => {
    try {
      return {
        status: 0,
        stderr: '',
        stdout: execFileSync(process.execPath, [main, ...args], {
          env: { ...process.env, ...env },
          stdio: 'pipe',
          timeout: 30_000,
        }).toString(),
      }
    } catch (thrown) {
      const { status, stderr, stdout } = thrown as { status: number; stderr: Buffer; stdout: Buffer }
      return { status, stderr: stderr.toString(), stdout: stdout.toString() }
    }
  }

  test('a wrong job file, missing data, a port in use, a wrong option: one sentence and a code each', async () => {
    const path = await temporaryFolder()
    const file = join(path, 'job.json')
    const start_ = (...args: string[]) =>
      run(['start', '--store', join(path, 'store'), '--port', '0', ...args], { TRIBUTARY_DATA: '' })
    writeFileSync(file, '{ "name": "x", "rounds": 0 }')
    expect(start_('--job', file)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/rounds.*\[job\/invalid\]/s),
    })
    writeFileSync(file, '{ not json')
    expect(start_('--job', file)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/not JSON.*\[job\/invalid\]/s),
    })
    writeFileSync(
      file,
      JSON.stringify({
        ...SMALL_JOB,
        model: { topology: { class_name: 'Sequential', config: { name: 'x', layers: [] } } },
      }),
    )
    expect(start_('--job', file)).toMatchObject({ status: 1, stderr: expect.stringContaining('[job/untrainable]') })
    const dilated = {
      class_name: 'Conv2D',
      config: {
        name: 'wide',
        filters: 2,
        kernel_size: [3, 3],
        dilation_rate: [2, 2],
        batch_input_shape: [null, 28, 28, 1],
      },
    }
    const classes = { class_name: 'Dense', config: { name: 'classes', units: 10, activation: 'softmax' } }
    const layers = [dilated, { class_name: 'Flatten', config: { name: 'flat' } }, classes]
    writeFileSync(
      file,
      JSON.stringify({
        ...SMALL_JOB,
        model: { topology: { class_name: 'Sequential', config: { name: 'x', layers } } },
      }),
    )
    expect(start_('--job', file)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/layer wide \(Conv2D\) cannot be trained.*dilation_rate.*\[job\/untrainable\]/s),
    })
    expect(start_('--data', 'mnist')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/TRIBUTARY_DATA.*\[data\/missing\]/s),
    })
    expect(start_('--cert', 'nowhere.pem', '--key', 'nowhere.pem')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[server/certificate]'),
    })
    const busy = await start(SMALL_JOB)
    const { port } = new URL(busy.url)
    expect(run(['start', '--store', join(path, 'other'), '--port', port])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(new RegExp(`${port}.*--port.*\\[server/port-in-use\\]`, 's')),
    })
    expect(run(['start', '--port', '99999']).status).not.toBe(0)
    expect(run(['demo', '--clients', '0']).status).not.toBe(0)
  })

  test('--https makes a certificate once; SIGTERM ends cleanly', async () => {
    const path = await temporaryFolder()
    const once_ = async () => {
      const child = spawn(process.execPath, [main, 'start', '--port', '0', '--https', '--store', path])
      let out = ''
      child.stdout.on('data', (text) => {
        out += text
      })
      while (!out.includes('Dashboard')) await once(child.stdout, 'data')
      const [url = ''] = /https:\/\/\S+/.exec(out) ?? []
      const { connect } = await import('node:tls')
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const certificate = socket.getPeerCertificate()
      socket.destroy()
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      return { code, fingerprint: certificate.fingerprint256, names: certificate.subjectaltname }
    }
    const first = await once_()
    expect(first.code).toBe(0)
    expect(first.names).toContain('localhost')
    expect((await once_()).fingerprint).toBe(first.fingerprint)
  })
})
