/** What every ClientChannel must do: see the duties in channel.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClientChannel } from './channel.ts'
import type { MemoryPeer } from './memory-channel.ts'

export interface ChannelCase {
  readonly channel: ClientChannel
  /** The client's end of it. */
  readonly peer: MemoryPeer
  clean(): Promise<void>
}

interface Arrived {
  readonly event: string
  readonly payload: unknown
  readonly reply: ((answer: unknown) => void) | null
}

export function clientChannelContract(name: string, open: () => Promise<ChannelCase>): void {
  describe(`ClientChannel: ${name}`, () => {
    let made: ChannelCase
    let arrived: Arrived[]
    let closings: string[]
    let closed: Promise<string>
    let alive: number

    beforeEach(async () => {
      made = await open()
      arrived = []
      closings = []
      alive = 0
      const { channel } = made
      channel.onEvent((event, payload, reply) => {
        arrived.push({ event, payload, reply })
        if (event === 'ping') reply?.('pong')
      })
      channel.onAlive(() => alive++)
      closed = new Promise((resolve) => {
        channel.onClosed((reason) => {
          closings.push(reason)
          resolve(reason)
        })
      })
    })
    afterEach(() => made.clean())

    /** Whatever was sent before has arrived, since events keep their order. */
    const flush = () => made.peer.request('ping', null)
    const events = () => arrived.filter((a) => a.event !== 'ping')

    it('names the address that the client comes from', () => {
      expect(made.channel.address).not.toBe('')
    })

    it('brings the client’s events in the order in which they were sent, each once', async () => {
      for (let i = 0; i < 100; i++) made.peer.send('count', { i })
      expect(await flush()).toBe('pong')
      expect(events().map((a) => a.payload)).toEqual(Array.from({ length: 100 }, (_, i) => ({ i })))
    })

    it('takes events to the client in the order in which they were sent, each once', async () => {
      const received: unknown[] = []
      const last = new Promise<void>((resolve) => {
        made.peer.onEvent((event, payload) => {
          received.push([event, payload])
          if (event === 'last') resolve()
        })
      })
      for (let i = 0; i < 100; i++) made.channel.send('count', { i })
      made.channel.send('last', null)
      await last
      expect(received).toEqual([...Array.from({ length: 100 }, (_, i) => ['count', { i }]), ['last', null]])
    })

    it('answers the event that an answer belongs to, in whatever order answers are given', async () => {
      const first = made.peer.request('first', 1)
      const second = made.peer.request('second', 2)
      await flush()
      const [a, b] = events()
      b?.reply?.({ to: 'second' })
      a?.reply?.({ to: 'first' })
      expect(await Promise.all([first, second])).toEqual([{ to: 'first' }, { to: 'second' }])
    })

    it('gives no way to answer where the client wants none', async () => {
      made.peer.send('hint', { fraction: 0.5 })
      await flush()
      expect(events()[0]).toEqual({ event: 'hint', payload: { fraction: 0.5 }, reply: null })
    })

    it('asks the client, and takes its answer, in whatever order answers come', async () => {
      const asked: ((answer: unknown) => void)[] = []
      const both = new Promise<void>((resolve) => {
        made.peer.onEvent((_event, payload, reply) => {
          expect(payload).toEqual({ n: asked.length })
          if (reply) asked.push(reply)
          if (asked.length === 2) resolve()
        })
      })
      const first = made.channel.ask('question', { n: 0 }, 60_000)
      const second = made.channel.ask('question', { n: 1 }, 60_000)
      await both
      asked[1]?.({ to: 'second' })
      asked[0]?.({ to: 'first' })
      expect(await Promise.all([first, second])).toEqual([{ to: 'first' }, { to: 'second' }])
    })

    it('lets the client see whether an answer is wanted', async () => {
      const wanted: [string, boolean][] = []
      made.peer.onEvent((event, _payload, reply) => {
        wanted.push([event, reply !== null])
        reply?.(null)
      })
      made.channel.send('told', null)
      await made.channel.ask('asked', null, 60_000)
      expect(wanted).toEqual([
        ['told', false],
        ['asked', true],
      ])
    })

    it('waits no longer for an answer than it was told, and ignores one that comes later', async () => {
      const replies: (((answer: unknown) => void) | null)[] = []
      made.peer.onEvent((_event, _payload, reply) => replies.push(reply))
      expect(await made.channel.ask('question', null, 20)).toBeUndefined()
      replies[0]?.('late')
      await flush()
      expect(events()).toEqual([])
      expect(closings).toEqual([])
    })

    it('asks in vain when the client goes, and when it has gone', async () => {
      const asking = made.channel.ask('question', null, 60_000)
      made.peer.close()
      expect(await asking).toBeUndefined()
      await closed
      expect(await made.channel.ask('question', null, 60_000)).toBeUndefined()
    })

    it('asks in vain when it is closed meanwhile', async () => {
      const asking = made.channel.ask('question', null, 60_000)
      made.channel.close()
      expect(await asking).toBeUndefined()
      expect(await made.channel.ask('question', null, 60_000)).toBeUndefined()
    })

    it('takes to the client what was sent before it was closed, and says why it was closed', async () => {
      const received: unknown[] = []
      made.peer.onEvent((event, payload) => received.push([event, payload]))
      const over = new Promise<void>((resolve) => made.peer.onClosed(resolve))
      made.channel.send('dismissed', { code: 'access/misbehaved' })
      made.channel.close('misbehaved')
      expect(await closed).toBe('misbehaved')
      await over
      expect(received).toEqual([['dismissed', { code: 'access/misbehaved' }]])
    })

    it('carries bytes as they are, and values without sharing them', async () => {
      const payload = { taskId: 't', data: Uint8Array.of(0, 255, 128, 7), nested: { text: 'ä„“', nothing: null } }
      made.peer.send('bytes', payload)
      await flush()
      const got = events()[0]?.payload as typeof payload
      expect(ArrayBuffer.isView(got.data) || (got.data as unknown) instanceof ArrayBuffer).toBe(true)
      expect([...new Uint8Array(got.data)]).toEqual([0, 255, 128, 7])
      expect(got.nested).toEqual(payload.nested)
      got.data.fill(1)
      got.nested.text = 'changed'
      expect(payload).toMatchObject({ data: Uint8Array.of(0, 255, 128, 7), nested: { text: 'ä„“' } })
    })

    it('notices that the client lives whenever something arrives', async () => {
      const before = alive
      made.peer.send('hint', null)
      await flush()
      expect(alive).toBeGreaterThan(before)
    })

    it('says once that the client has closed; sending and closing then do nothing', async () => {
      made.peer.close()
      expect(await closed).not.toBe('')
      made.channel.send('late', null)
      made.channel.close()
      made.channel.close()
      expect(closings).toHaveLength(1)
    })

    it('says once that it was closed itself; the client hears nothing any more', async () => {
      const received: string[] = []
      made.peer.onEvent((event) => received.push(event))
      const unanswered = made.peer.request('question', null)
      unanswered.catch(() => {})
      await flush()
      made.channel.close()
      await closed
      made.channel.send('late', null)
      made.channel.close()
      expect(() => events()[0]?.reply?.('late')).not.toThrow()
      made.peer.send('late', null)
      await new Promise((resolve) => setImmediate(resolve))
      expect(closings).toHaveLength(1)
      expect(received).toEqual([])
      expect(events().map((a) => a.event)).toEqual(['question'])
    })
  })
}
