/** docs/protocol.md, held against a real coordinator by a client that was written from it alone. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Coordinator } from '../../server/main.ts'
import { jobReaches, SMALL_JOB, start } from '../../server/testing.integration.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { answerTo, beginFor, RawClient, safetensorsValues, sha256, updateBytes } from '../raw/client.ts'

const open: RawClient[] = []

function connect(coordinator: Coordinator, nonce?: string): RawClient {
  const client = new RawClient(coordinator.url, nonce)
  open.push(client)
  return client
}

/** A coordinator whose rounds wait for `minClients`; clients are closed before it. */
async function house(change: object = {}): Promise<Coordinator> {
  for (const client of open.splice(0)) client.close()
  return start({ ...SMALL_JOB, rounds: 2, graceSeconds: 5, ...change })
}

describe('docs/protocol.md', () => {
  it('names the present protocol and every event', async () => {
    const text = await readFile('docs/protocol.md', 'utf8')
    expect(text).toContain(`**protocol ${PROTOCOL_VERSION}**`)
    const { snapshot, changes, ...participants } = EVENTS
    for (const name of Object.values(participants)) expect(text, name).toContain(`\`${name}\``)
    expect([snapshot, changes]).toEqual(['snapshot', 'changes'])
  })

  it('is enough to take part: hello, download, update, receipt, settled, and the next round', async () => {
    const coordinator = await house()
    const client = connect(coordinator)
    const welcome = await client.hello()
    expect(welcome).toMatchObject({ ok: true, resumed: false, ineligible: '', job: { state: expect.any(String) } })
    const sums: Float32Array[] = []
    for (const round of [1, 2]) {
      const task = await client.task((t) => t.round === round)
      expect(task).toMatchObject({ kind: 'train', version: round - 1 })
      client.tell('accept', { taskId: task.taskId })
      client.tell('progress', { taskId: task.taskId, phase: 'train', fraction: 0.5 })
      const { begin, bytes, values } = await answerTo(client, task)
      sums.push(values)
      const receipt = await client.upload(begin, bytes)
      expect(receipt).toEqual({ status: 'accepted', acceptance: { sha256: begin.sha256, at: expect.any(Number) } })
      const settled = await client.until<{ taskId: string }>('task:settled', (s) => s.taskId === task.taskId)
      expect(settled).toEqual({ taskId: task.taskId, outcome: 'committed', version: round })
    }
    await jobReaches(coordinator, ({ job }) => job.state === 'finished')
    const finished = await client.until<{ state: string; version: number }>('job', (j) => j.state === 'finished')
    expect(finished.version).toBe(2)
    // FedAvg of one client: its own model.
    const last = await client.manifest(coordinator.runner.jobInfo().model)
    const now = safetensorsValues(await client.blob(last.params.digest))
    const [, before] = sums as [Float32Array, Float32Array]
    before.forEach((value, i) => {
      const update = Math.fround(value * 0.001 + i * 1e-7)
      if (Math.abs((now[i] ?? 0) - (value + update)) > 1e-6) throw new Error(`element ${i}: ${now[i]}`)
    })
  })

  it('R4: a repeat is a duplicate with the first acceptance', async () => {
    const coordinator = await house({ minClients: 2, clientsPerRound: 2 })
    const [a, b] = [connect(coordinator), connect(coordinator)]
    await a.hello()
    await b.hello()
    const task = await a.task()
    const { begin, bytes } = await answerTo(a, task)
    const first = await a.upload(begin, bytes)
    expect(await a.upload(begin, bytes)).toMatchObject({ status: 'duplicate', acceptance: first.acceptance })
    const other = await b.task()
    const own = await answerTo(b, other)
    await b.upload(own.begin, own.bytes)
    await a.until('task:settled')
    expect(await a.upload(begin, bytes)).toMatchObject({ status: 'duplicate', acceptance: first.acceptance })
  })

  it('R9: an upload goes on at the byte that is held, over another connection', async () => {
    const coordinator = await house()
    const client = connect(coordinator)
    await client.hello()
    const task = await client.task()
    const { begin, bytes } = await answerTo(client, task)
    expect(await client.ask('update:begin', begin)).toEqual({ ok: true, held: 0 })
    const data = bytes.slice(0, 20_000)
    expect(await client.ask('update:chunk', { taskId: task.taskId, offset: 0, data })).toEqual({
      ok: true,
      held: 20_000,
    })
    client.destroy()
    const again = connect(coordinator, client.nonce)
    again.token = client.token
    expect(await again.hello()).toMatchObject({ ok: true, clientId: client.clientId, resumed: true })
    expect((await again.task()).taskId).toBe(task.taskId)
    expect(await again.ask('update:begin', begin)).toEqual({ ok: true, held: 20_000 })
    expect(await again.upload(begin, bytes)).toMatchObject({ status: 'accepted' })
  })

  it('a copied token makes a client of its own where the original answers, and takes over where it does not', async () => {
    const coordinator = await house({ autoStart: false })
    const original = connect(coordinator)
    await original.hello()
    const copy = connect(coordinator)
    copy.token = original.token
    expect(await copy.hello()).toMatchObject({ ok: true, resumed: false })
    expect(copy.clientId).not.toBe(original.clientId)
    expect(original.received.some(([event]) => event === 'present')).toBe(true)
    original.destroy()
    const heir = connect(coordinator)
    heir.token = original.token
    expect(await heir.hello()).toMatchObject({ ok: true, clientId: original.clientId })
  })

  it('every refusal has its code and its sentence', async () => {
    const coordinator = await house()
    const client = connect(coordinator)
    const no = (code: string) => ({ ok: false, code, message: expect.stringMatching(/\.$/) })
    expect(await client.ask('update:commit', { taskId: 'x' })).toMatchObject(no('protocol/no-session'))
    expect(await client.hello({ protocol: 1 })).toMatchObject(no('protocol/too-old'))
    expect(await client.hello({ protocol: 99 })).toMatchObject(no('protocol/too-new'))
    expect(await client.hello({ nonce: 'short' })).toMatchObject(no('protocol/malformed'))
    expect(await client.hello({ resumeToken: 'c-1.forged' })).toMatchObject(no('access/bad-token'))
    expect((await fetch(`${coordinator.url}/api/blobs/${'0'.repeat(64)}`)).status).toBe(403)
    await client.hello()
    const task = await client.task()
    const { begin, bytes } = await answerTo(client, task)
    const { taskId } = task
    expect(await client.ask('update:chunk', { taskId, offset: 0, data: bytes })).toMatchObject(no('update/not-begun'))
    expect(await client.ask('update:begin', { ...begin, bytes: 4 })).toMatchObject(no('update/wrong-size'))
    expect(await client.ask('update:begin', { ...begin, bytes: begin.bytes * 2 })).toMatchObject(no('update/too-large'))
    await client.ask('update:begin', begin)
    const late = { taskId, offset: 8, data: bytes.slice(8, 16) }
    expect(await client.ask('update:chunk', late)).toMatchObject(no('update/wrong-offset'))
    expect(await client.ask('update:commit', { taskId })).toMatchObject(no('update/wrong-size'))
    expect(await client.ask('nonsense', {})).toMatchObject(no('protocol/malformed'))
    const damaged = bytes.slice()
    damaged[0] = (damaged[0] ?? 0) ^ 1
    await expect(client.upload(begin, damaged)).rejects.toMatchObject({ code: 'update/wrong-digest' })
    const poison = updateBytes(new Float32Array(bytes.length / 4).fill(Number.NaN))
    expect(await client.upload({ ...begin, sha256: sha256(poison) }, poison)).toMatchObject({
      status: 'rejected',
      code: 'update/not-finite',
    })
    expect(await client.upload(beginFor('digits-1/99/c-1', begin.layout, bytes), bytes)).toMatchObject({
      status: 'stale',
      code: 'round/stale',
    })
  })

  it('a decline and a goodbye are final, and a download goes on in the middle', async () => {
    const coordinator = await house()
    const client = connect(coordinator)
    await client.hello()
    const task = await client.task()
    const manifest = await client.manifest(task.model)
    const whole = await client.blob(manifest.params.digest)
    const rest = await fetch(`${coordinator.url}/api/blobs/${manifest.params.digest}`, {
      headers: { Authorization: `Bearer ${client.token}`, Range: `bytes=${whole.length - 10}-` },
    })
    expect(rest.status).toBe(206)
    expect(new Uint8Array(await rest.arrayBuffer())).toEqual(whole.slice(-10))
    expect(await client.ask('availability', { available: false, leave: false })).toEqual({ ok: true })
    expect(await client.ask('decline', { taskId: task.taskId, code: 'busy', reason: 'Later.' })).toEqual({ ok: true })
    expect(await client.ask('availability', { available: false, leave: true })).toEqual({ ok: true })
    expect(await client.ask('update:commit', { taskId: task.taskId })).toMatchObject({ code: 'protocol/no-session' })
  })
})
