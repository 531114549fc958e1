import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ClientChannel } from '../server/gateway/channel.ts'
import { memoryChannel } from '../server/gateway/memory-channel.ts'
import { memoryWire } from './wire.ts'

function connected() {
  const channels: ClientChannel[] = []
  const wire = memoryWire(() => {
    const { channel, peer } = memoryChannel()
    channels.push(channel)
    channel.onEvent((event, payload, reply) => {
      if (event === 'echo') reply?.(payload)
    })
    return peer
  })
  const went: string[] = []
  wire.onUp(() => went.push('up'))
  wire.onDown(() => went.push('down'))
  return { wire, channels, went }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('carries requests, and events with their answers', async () => {
  const { wire, channels } = connected()
  expect(wire.up).toBe(true)
  expect(await wire.request('echo', { a: 1 })).toEqual({ a: 1 })
  wire.on('question', (payload, reply) => reply?.({ heard: payload }))
  expect(await channels[0]?.ask('question', 7, 1000)).toEqual({ heard: 7 })
})

it('rejects what is open when the coordinator ends it, and what is asked afterwards', async () => {
  const { wire, channels, went } = connected()
  const open = wire.request('never answered', {})
  channels[0]?.close()
  await expect(open).rejects.toMatchObject({ code: 'network/unreachable' })
  await expect(wire.request('echo', {})).rejects.toMatchObject({ code: 'network/unreachable' })
  expect([wire.up, went]).toEqual([false, ['down']])
})

it('connects anew when it is told to, and never again once it is closed', async () => {
  const { wire, channels, went } = connected()
  wire.renew(500)
  expect([wire.up, went]).toEqual([false, ['down']])
  vi.advanceTimersByTime(500)
  expect([wire.up, went, channels.length]).toEqual([true, ['down', 'up'], 2])
  expect(await wire.request('echo', 2)).toBe(2)
  wire.close()
  wire.renew()
  vi.advanceTimersByTime(500)
  expect([wire.up, channels.length]).toEqual([false, 2])
})
