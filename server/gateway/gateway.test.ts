import { describe, expect, it } from 'vitest'
import { EVENTS } from '../../shared/protocol/events.ts'
import { JOB, taskNamed } from '../../shared/protocol/testing.ts'
import { PRESENT_MS, PROTOCOL_VERSION } from '../../shared/protocol/version.ts'
import { sameBits } from '../../shared/tensors/testing.ts'
import { newVectors } from '../../shared/updates/vectors.ts'
import { signClientId } from '../access/tokens.ts'
import { GRACE_MS, HELLO, offer, SIGNING_KEY, settle, type TestPeer, testGateway } from './testing.ts'

function begin(peer: TestPeer, change: object = {}, taskId = 't1') {
  return peer.request(EVENTS.updateBegin, { ...offer(taskId).begin, ...change })
}

function chunk(peer: TestPeer, offset: number, end: number, taskId = 't1') {
  return peer.request(EVENTS.updateChunk, { taskId, offset, data: offer(taskId).bytes.slice(offset, end) })
}

function commit(peer: TestPeer, taskId = 't1') {
  return peer.request(EVENTS.updateCommit, { taskId })
}

const refusal = (code: string) => ({ ok: false, code, message: expect.stringMatching(/^[A-Z0-9].*\.$/) })

const BUSY = { ...refusal('update/busy'), retryMs: expect.any(Number) }

describe('hello', () => {
  it('makes a client of a connection, under an id and with a token that proves it', async () => {
    const { gateway, listener, connect } = testGateway()
    const ack = await connect().hello()
    expect(ack).toEqual({
      ok: true,
      clientId: expect.stringMatching(/^c-/),
      resumeToken: signClientId(SIGNING_KEY, ack.clientId),
      resumed: false,
      ineligible: '',
      job: JOB,
    })
    expect(listener.lines).toEqual([`joined ${ack.clientId} 600`])
    const { capabilities, dataset } = HELLO
    expect(gateway.clients()).toEqual([{ id: ack.clientId, capabilities, dataset, available: true }])
  })

  it('of an older page is told apart from one of a newer page, whatever else is in it', async () => {
    const { listener, connect } = testGateway()
    expect(await connect().hello({ protocol: 0 })).toEqual(refusal('protocol/too-old'))
    expect(await connect().hello({ protocol: PROTOCOL_VERSION + 1, dataset: 'of another age' })).toEqual(
      refusal('protocol/too-new'),
    )
    expect(listener.lines).toEqual([])
  })

  it.each([
    ['protocol', { protocol: undefined }],
    ['protocol', { protocol: '1' }],
    ['dataset.train', { dataset: { ...HELLO.dataset, train: 0 } }],
    ['capabilities.backend', { capabilities: { ...HELLO.capabilities, backend: 'abacus' } }],
    ['resumeToken', { resumeToken: 'x'.repeat(501) }],
  ])('that is malformed is refused and its %s named', async (path, change) => {
    const { gateway, connect } = testGateway()
    const ack = await connect().hello(change)
    expect(ack).toEqual({ ...refusal('protocol/malformed'), message: expect.stringContaining(`${path}: `) })
    expect(gateway.clients()).toEqual([])
  })

  it.each(['nonsense', signClientId('another-key', 'c-1')])('with the token %s is refused', async (resumeToken) => {
    const { listener, connect } = testGateway()
    expect(await connect().hello({ resumeToken })).toEqual(refusal('access/bad-token'))
    expect(listener.lines).toEqual([])
  })

  it('that was refused can be said again, better', async () => {
    const { connect } = testGateway()
    const peer = connect()
    await peer.hello({ protocol: 0 })
    expect((await peer.hello()).ok).toBe(true)
  })

  it('is what every connection begins with: events before it are refused', async () => {
    const { listener, connect } = testGateway()
    const peer = connect()
    for (const event of [EVENTS.availability, EVENTS.accept, EVENTS.updateBegin, EVENTS.updateChunk, 'nonsense']) {
      expect(await peer.request(event, {})).toEqual(refusal('protocol/no-session'))
    }
    expect(listener.lines).toEqual([])
    expect(listener.seenCount).toBe(0)
  })

  it('said twice on one connection leaves one client, not a ghost that is never gone', async () => {
    const { gateway, listener, join } = testGateway()
    const peer = await join()
    const second = await peer.hello()
    expect(gateway.clients().map((c) => c.id)).toEqual([second.clientId])
    expect(listener.lines).toEqual([`joined ${peer.id} 600`, `gone ${peer.id}`, `joined ${second.clientId} 600`])
    // With its own token it simply is who it was.
    expect(await peer.hello({ resumeToken: second.resumeToken })).toMatchObject({ clientId: second.clientId })
    expect(gateway.clients()).toHaveLength(1)
    expect(peer.closed()).toBeNull()
  })
})

describe('R9: a connection that is lost', () => {
  it('R9: comes back within the grace time under its id', async () => {
    const { gateway, listener, clock, connect, join } = testGateway()
    const first = await join()
    first.close()
    clock.advance(GRACE_MS - 1)
    const second = connect()
    expect(await second.hello({ resumeToken: first.token })).toMatchObject({ ok: true, clientId: first.id })
    clock.advance(10 * GRACE_MS)
    expect(listener.lines).toEqual([`joined ${first.id} 600`, `lost ${first.id}`, `resumed ${first.id}`])
    gateway.sendTask(first.id, taskNamed('t1'))
    await settle()
    expect(second.received).toEqual([[EVENTS.task, taskNamed('t1')]])
    expect(first.received).toEqual([])
  })

  it('R9: goes on with its upload at the byte that is held', async () => {
    const { listener, connect, join } = testGateway()
    const first = await join()
    await begin(first)
    expect(await chunk(first, 0, 150)).toEqual({ ok: true, held: 150 })
    first.close()
    const second = connect()
    await second.hello({ resumeToken: first.token })
    expect(await begin(second)).toEqual({ ok: true, held: 150 })
    expect(await chunk(second, 150, 400)).toEqual({ ok: true, held: 400 })
    expect(await commit(second)).toEqual({ ok: true, receipt: { status: 'accepted' } })
    const [arrived] = listener.arrived
    expect(listener.arrived).toHaveLength(1)
    expect(arrived?.clientId).toBe(first.id)
    expect(sameBits(arrived?.params ?? offer('').params, offer('t1').params)).toBe(true)
  })

  it('R9: is gone after the grace time, once; its upload is forgotten, its id can come back as a new client', async () => {
    const { gateway, listener, clock, connect, join } = testGateway()
    const first = await join()
    await begin(first)
    await chunk(first, 0, 150)
    first.close()
    clock.advance(GRACE_MS)
    clock.advance(10 * GRACE_MS)
    expect(listener.lines).toEqual([`joined ${first.id} 600`, `lost ${first.id}`, `gone ${first.id}`])
    expect(gateway.clients()).toEqual([])
    const second = connect()
    expect(await second.hello({ resumeToken: first.token })).toMatchObject({ clientId: first.id })
    expect(listener.lines.at(-1)).toBe(`joined ${first.id} 600`)
    expect(await begin(second)).toEqual({ ok: true, held: 0 })
  })

  it('is lost anew, with a grace time anew, after it came back', async () => {
    const { listener, clock, connect, join } = testGateway()
    const first = await join()
    first.close()
    clock.advance(GRACE_MS - 1)
    const second = connect()
    await second.hello({ resumeToken: first.token })
    second.close()
    clock.advance(GRACE_MS - 1)
    expect(listener.lines.at(-1)).toBe(`lost ${first.id}`)
    clock.advance(1)
    expect(listener.lines.at(-1)).toBe(`gone ${first.id}`)
  })

  it('is closed when another connection proves to be the same client', async () => {
    const { gateway, listener, clock, connect, join } = testGateway()
    const first = await join()
    const second = connect()
    await second.hello({ resumeToken: first.token })
    expect(first.closed()).toBe('closed by the coordinator')
    clock.advance(10 * GRACE_MS)
    expect(listener.lines).toEqual([`joined ${first.id} 600`, `resumed ${first.id}`])
    expect(gateway.clients()).toHaveLength(1)
    expect(await begin(second)).toEqual({ ok: true, held: 0 })
  })
})

describe('a page that proves to be a client which is here', () => {
  const other = 'another-page-load'

  it('takes over where nobody answers on the old connection', async () => {
    const { listener, clock, connect, join } = testGateway()
    const old = await join()
    const ack = connect().hello({ resumeToken: old.token, nonce: other })
    await settle()
    expect(old.received).toEqual([[EVENTS.present, {}]])
    clock.advance(PRESENT_MS)
    expect(await ack).toMatchObject({ ok: true, clientId: old.id, resumed: true })
    expect(old.closed()).not.toBeNull()
    expect(listener.lines).toEqual([`joined ${old.id} 600`, `resumed ${old.id}`])
  })

  it('gets an id of its own where the old page is alive: it is a copy of its tab', async () => {
    const { listener, connect, join } = testGateway()
    const old = await join()
    old.staysPresent()
    const copy = connect()
    const ack = await copy.hello({ resumeToken: old.token, nonce: other })
    expect(ack).toMatchObject({ ok: true, resumed: false })
    expect(ack.clientId).not.toBe(old.id)
    expect(old.closed()).toBeNull()
    expect(listener.lines).toEqual([`joined ${old.id} 600`, `joined ${ack.clientId} 600`])
  })

  it('takes over at once where it is the same page', async () => {
    const { connect, join } = testGateway()
    const old = await join()
    expect(await connect().hello({ resumeToken: old.token })).toMatchObject({ clientId: old.id, resumed: true })
    expect(old.received).toEqual([])
  })

  it('takes over at once where the old connection is lost, and is a client anew where its data are others', async () => {
    const { listener, connect, join } = testGateway()
    const old = await join()
    old.close()
    await settle()
    const again = connect()
    expect(await again.hello({ resumeToken: old.token, nonce: other })).toMatchObject({
      clientId: old.id,
      resumed: true,
    })
    again.close()
    const dataset = { ...HELLO.dataset, train: 30 }
    const ack = await connect().hello({ resumeToken: old.token, nonce: 'a-third-page-load', dataset })
    expect(ack).toMatchObject({ clientId: old.id, resumed: false })
    expect(listener.lines).toEqual([
      `joined ${old.id} 600`,
      `lost ${old.id}`,
      `resumed ${old.id}`,
      `lost ${old.id}`,
      `gone ${old.id}`,
      `joined ${old.id} 30`,
    ])
  })

  it('leaves no session behind where it goes while the old page is being asked', async () => {
    const { gateway, clock, connect, join } = testGateway()
    const old = await join()
    const copy = connect()
    void copy.hello({ resumeToken: old.token, nonce: other })
    await settle()
    copy.close()
    clock.advance(PRESENT_MS)
    await settle()
    expect(gateway.clients().map((client) => client.id)).toEqual([old.id])
  })
})

describe('a participant that leaves', () => {
  it('is gone at once and only once, though its connection closes afterwards', async () => {
    const { gateway, listener, clock, join } = testGateway()
    const peer = await join()
    expect(await peer.request(EVENTS.availability, { available: true, leave: true })).toEqual({ ok: true })
    peer.close()
    clock.advance(10 * GRACE_MS)
    expect(listener.lines).toEqual([`joined ${peer.id} 600`, `gone ${peer.id}`])
    expect(gateway.clients()).toEqual([])
  })

  it('has no session any more', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    await peer.request(EVENTS.availability, { available: true, leave: true })
    expect(await begin(peer)).toEqual(refusal('protocol/no-session'))
    expect(await peer.request(EVENTS.availability, { available: true, leave: true })).toEqual(
      refusal('protocol/no-session'),
    )
    expect(listener.lines).toHaveLength(2)
    // The same tab may join again.
    expect(await peer.hello({ resumeToken: peer.token })).toMatchObject({ ok: true, clientId: peer.id })
  })

  it('gives its bytes in flight back, also those of an offer that was still being judged', async () => {
    const { listener, join } = testGateway(500)
    const [a, b, c] = await Promise.all([join(), join(), join()])
    let judged = () => {}
    listener.verdict = () =>
      new Promise((resolve) => (judged = () => resolve({ kind: 'take', vectors: newVectors(100) })))
    const offered = begin(a)
    await settle()
    await a.request(EVENTS.availability, { available: true, leave: true })
    judged()
    expect(await offered).toEqual(refusal('protocol/no-session'))
    listener.verdict = () => ({ kind: 'take', vectors: newVectors(100) })
    expect(await begin(b)).toMatchObject({ ok: true })
    expect(await begin(c)).toEqual(BUSY)
    await b.request(EVENTS.availability, { available: true, leave: true })
    expect(await begin(c)).toMatchObject({ ok: true })
  })
})

describe('what clients report', () => {
  it('is passed on in order', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    peer.send(EVENTS.accept, { taskId: 't1' })
    peer.send(EVENTS.progress, { taskId: 't1', phase: 'train', fraction: 0.5, loss: 1.5 })
    expect(await peer.request(EVENTS.availability, { available: false, leave: false })).toEqual({ ok: true })
    expect(
      await peer.request(EVENTS.decline, { taskId: 't1', code: 'training/failed', reason: 'out of memory' }),
    ).toEqual({ ok: true })
    expect(listener.lines.slice(1)).toEqual([
      `accepted ${peer.id} t1`,
      `progress ${peer.id} train 0.5`,
      `available ${peer.id} false`,
      `declined ${peer.id} t1 training/failed`,
    ])
    expect(listener.seenCount).toBe(4)
  })
})

describe('what clients are told', () => {
  it('reaches the client it is for; who is away or unknown is no fault', async () => {
    const { gateway, join } = testGateway()
    const [a, b] = await Promise.all([join(), join()])
    gateway.sendTask(a.id, taskNamed('t1'))
    gateway.cancelTask(b.id, { taskId: 't2', reason: 'enough' })
    gateway.sendTask('c-unknown', taskNamed('t3'))
    gateway.announceJob(JOB)
    await settle()
    expect(a.received).toEqual([
      [EVENTS.task, taskNamed('t1')],
      [EVENTS.job, JOB],
    ])
    expect(b.received).toEqual([
      [EVENTS.taskCancel, { taskId: 't2', reason: 'enough' }],
      [EVENTS.job, JOB],
    ])
    a.close()
    gateway.sendTask(a.id, taskNamed('t4'))
    await settle()
    expect(a.received).toHaveLength(2)
  })
})

describe('an upload', () => {
  it('U1: is taken with its bytes in order and the right sha256', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    expect(await begin(peer)).toEqual({ ok: true, held: 0 })
    for (const [from, to] of [
      [0, 7],
      [7, 399],
      [399, 400],
    ] as const) {
      expect(await chunk(peer, from, to)).toEqual({ ok: true, held: to })
    }
    expect(await commit(peer)).toEqual({ ok: true, receipt: { status: 'accepted' } })
    expect(listener.arrived[0]?.begin).toEqual(offer('t1').begin)
  })

  it('may carry no bytes at all', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    expect(await begin(peer, { encoding: 'none', bytes: 0, sha256 })).toEqual({ ok: true, held: 0 })
    expect(await commit(peer)).toEqual({ ok: true, receipt: { status: 'accepted' } })
    expect(listener.arrived[0]?.params).toBeNull()
  })

  it('is not begun where the job’s side has its verdict already', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    listener.verdict = () => ({ kind: 'receipt', receipt: { status: 'duplicate' } })
    expect(await begin(peer)).toEqual({ ok: true, receipt: { status: 'duplicate' } })
    listener.verdict = () => ({ kind: 'refuse', refusal: { ok: false, code: 'round/no-task', message: 'No.' } })
    expect(await begin(peer)).toEqual({ ok: false, code: 'round/no-task', message: 'No.' })
    expect(await chunk(peer, 0, 4)).toEqual(refusal('update/not-begun'))
  })

  it('U1: is refused where it declares more or fewer bytes than the model has', async () => {
    const { join } = testGateway()
    const peer = await join()
    expect(await begin(peer, { bytes: 404 })).toEqual(refusal('update/too-large'))
    expect(await begin(peer, { bytes: 396 })).toEqual(refusal('update/wrong-size'))
    expect(await begin(peer, { encoding: 'none' })).toEqual(refusal('update/too-large'))
    expect(await commit(peer)).toEqual(refusal('update/not-begun'))
  })

  it('U1: refuses a chunk at a wrong offset, and goes on at the right one', async () => {
    const { join } = testGateway()
    const peer = await join()
    await begin(peer)
    await chunk(peer, 0, 100)
    expect(await chunk(peer, 0, 100)).toEqual(refusal('update/wrong-offset'))
    expect(await chunk(peer, 200, 400)).toEqual(refusal('update/wrong-offset'))
    expect(await chunk(peer, 100, 400)).toEqual({ ok: true, held: 400 })
    expect(await commit(peer)).toMatchObject({ ok: true })
  })

  it('U1: refuses a chunk beyond the declared bytes, and forgets the upload', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    await begin(peer)
    const data = new Uint8Array(401)
    expect(await peer.request(EVENTS.updateChunk, { taskId: 't1', offset: 0, data })).toEqual(
      refusal('update/too-large'),
    )
    expect(await chunk(peer, 0, 4)).toEqual(refusal('update/not-begun'))
    expect(listener.arrived).toEqual([])
  })

  it('refuses chunks and commits of uploads that were never begun', async () => {
    const { join } = testGateway()
    const peer = await join()
    expect(await chunk(peer, 0, 4)).toEqual(refusal('update/not-begun'))
    expect(await commit(peer)).toEqual(refusal('update/not-begun'))
  })

  it('U1: is not committed before all its bytes are there', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    await begin(peer)
    await chunk(peer, 0, 399)
    expect(await commit(peer)).toEqual(refusal('update/wrong-size'))
    expect(listener.arrived).toEqual([])
    await chunk(peer, 399, 400)
    expect(await commit(peer)).toMatchObject({ ok: true })
  })

  it('U1: with another sha256 than declared never reaches the job, and can be sent anew', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    await begin(peer, { sha256: '0'.repeat(64) })
    await chunk(peer, 0, 400)
    expect(await commit(peer)).toEqual(refusal('update/wrong-digest'))
    expect(listener.arrived).toEqual([])
    expect(await begin(peer)).toEqual({ ok: true, held: 0 })
    await chunk(peer, 0, 400)
    expect(await commit(peer)).toMatchObject({ ok: true })
  })

  it('begins anew where other bytes are offered for the same task', async () => {
    const { join } = testGateway()
    const peer = await join()
    await begin(peer)
    await chunk(peer, 0, 100)
    expect(await begin(peer, { sha256: '1'.repeat(64) })).toEqual({ ok: true, held: 0 })
  })

  it('is over after its commit: a second one finds nothing', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    await begin(peer)
    await chunk(peer, 0, 400)
    await commit(peer)
    expect(await commit(peer)).toEqual(refusal('update/not-begun'))
    expect(listener.arrived).toHaveLength(1)
  })

  it.each(['cancel', 'decline'])('is forgotten on %s', async (how) => {
    const { gateway, join } = testGateway()
    const peer = await join()
    await begin(peer)
    await chunk(peer, 0, 100)
    if (how === 'cancel') gateway.cancelTask(peer.id, { taskId: 't1', reason: 'enough' })
    else await peer.request(EVENTS.decline, { taskId: 't1', code: 'training/cancelled', reason: '' })
    expect(await chunk(peer, 100, 400)).toEqual(refusal('update/not-begun'))
  })

  it('answers a fault of the job’s side as such, and lives on', async () => {
    const { listener, join } = testGateway()
    const peer = await join()
    listener.receipt = () => {
      throw new Error('the disk is full')
    }
    await begin(peer)
    await chunk(peer, 0, 400)
    expect(await commit(peer)).toEqual({ ...refusal('internal'), retryMs: expect.any(Number) })
    listener.receipt = () => ({ status: 'accepted' })
    await begin(peer)
    await chunk(peer, 0, 400)
    expect(await commit(peer)).toMatchObject({ ok: true })
  })
})

describe('U2: bytes in flight', () => {
  it('U2: are bounded over all clients; past the bound one is told to wait, and nothing is dropped', async () => {
    const { join } = testGateway(1000)
    const [a, b, c] = await Promise.all([join(), join(), join()])
    expect(await begin(a)).toMatchObject({ held: 0 })
    expect(await begin(b)).toMatchObject({ held: 0 })
    await chunk(a, 0, 100)
    expect(await begin(c)).toEqual(BUSY)
    expect(await chunk(a, 100, 400)).toMatchObject({ held: 400 })
    expect(await commit(a)).toMatchObject({ ok: true })
    expect(await begin(c)).toMatchObject({ held: 0 })
  })

  it('U2: are given back by failures as by successes', async () => {
    const { gateway, clock, join, connect } = testGateway(400)
    const [a, b] = await Promise.all([join(), join()])
    const fits = async () => {
      expect(await begin(b)).toMatchObject({ ok: true })
      await peerDecline(b)
    }
    await begin(a)
    expect(await begin(b)).toEqual(BUSY)
    await peerDecline(a)
    await fits()
    await begin(a)
    gateway.cancelTask(a.id, { taskId: 't1', reason: '' })
    await fits()
    await begin(a, { sha256: '0'.repeat(64) })
    await chunk(a, 0, 400)
    await commit(a)
    await fits()
    await begin(a)
    await begin(a, { sha256: '2'.repeat(64) })
    a.close()
    expect(await begin(b)).toEqual(BUSY)
    clock.advance(GRACE_MS)
    await fits()
    // Nothing was given back twice either.
    const [c, d] = [connect(), connect()]
    await Promise.all([c.hello(), d.hello()])
    expect(await begin(c)).toMatchObject({ ok: true })
    expect(await begin(d)).toEqual(BUSY)
  })

  it('U2: let one update pass that is larger than the bound', async () => {
    const { join } = testGateway(100)
    expect(await begin(await join())).toMatchObject({ ok: true })
    expect(await begin(await join())).toEqual(BUSY)
  })
})

describe('a message that fits no schema', () => {
  it.each<[string, unknown]>([
    [EVENTS.availability, { available: 'yes', leave: false }],
    [EVENTS.accept, {}],
    [EVENTS.decline, { taskId: 't1', code: 'c', reason: 7 }],
    [EVENTS.progress, { taskId: 't1', phase: 'sleep', fraction: 0 }],
    [EVENTS.updateBegin, null],
    [EVENTS.updateChunk, { taskId: 't1', offset: 0, data: 'text' }],
    [EVENTS.updateChunk, { taskId: 't1', offset: -1, data: new ArrayBuffer(4) }],
    [EVENTS.updateCommit, 'commit'],
    ['update:everything', {}],
    ['__proto__', {}],
  ])('%s %j: is refused, shown as this client’s fault, and harms no neighbour', async (event, payload) => {
    const { gateway, listener, join } = testGateway()
    const [bad, good] = await Promise.all([join(), join()])
    await begin(good)
    await chunk(good, 0, 100)
    expect(await bad.request(event, payload)).toEqual(refusal('protocol/malformed'))
    bad.send(event, payload)
    await settle()
    const faults = listener.lines.filter((line) => line.startsWith('fault'))
    expect(faults).toHaveLength(2)
    for (const fault of faults) expect(fault).toMatch(new RegExp(`^fault ${bad.id} .*${event}`))
    expect(await chunk(good, 100, 400)).toEqual({ ok: true, held: 400 })
    expect(await commit(good)).toMatchObject({ ok: true, receipt: { status: 'accepted' } })
    // Nor does it end the session of whoever sent it.
    expect(gateway.clients()).toHaveLength(2)
    expect(await begin(bad)).toMatchObject({ ok: true })
  })
})

function peerDecline(peer: TestPeer): Promise<unknown> {
  return peer.request(EVENTS.decline, { taskId: 't1', code: 'training/cancelled', reason: '' })
}
