import { beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../shared/clock/clock.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import { CHUNK_BYTES } from '../../shared/protocol/version.ts'
import { Conduct, type Guest, LARGE_CHUNK_BYTES } from './conduct.ts'

const CLASSROOM = '192.168.1.1'
let clock: ManualClock
let conduct: Conduct

beforeEach(() => {
  clock = new ManualClock(1_000_000)
  conduct = new Conduct({ clock })
})

function joined(id: string, address = CLASSROOM): Guest {
  const guest = conduct.arrive(address)
  expect(guest.hello(null)).toBeNull()
  guest.becomes(id)
  return guest
}

/** Sends `n` events, and says how often each verdict was given. */
function send(guest: Guest, n: number, event: string = EVENTS.progress, bytes = 0): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (let i = 0; i < n; i++) {
    const { kind } = guest.event(event, bytes, false)
    kinds[kind] = (kinds[kind] ?? 0) + 1
    if (kind === 'cut-off') break
  }
  return kinds
}

describe('an honest client', () => {
  it('uploads at 300 MB/s as long as it likes: chunks are bounded by the bytes in flight', () => {
    const guest = joined('c-1')
    for (let s = 0; s < 60; s++) {
      expect(send(guest, 1200, EVENTS.updateChunk, CHUNK_BYTES)).toEqual({ ok: 1200 })
      clock.advance(1000)
    }
  })

  it('works through a task of the smallest model every 50 ms', () => {
    const guest = joined('c-1')
    for (let task = 0; task < 1000; task++) {
      expect(send(guest, 5)).toEqual({ ok: 5 })
      expect(send(guest, 1, EVENTS.updateChunk, 100)).toEqual({ ok: 1 })
      clock.advance(50)
    }
  })

  it('is one of 300 behind one address, who all come at once and send hints', () => {
    const guests = Array.from({ length: 300 }, (_, i) => joined(`c-${i}`))
    for (let s = 0; s < 30; s++) {
      for (const guest of guests) expect(send(guest, 2)).toEqual({ ok: 2 })
      clock.advance(1000)
    }
  })

  it('may make a mistake now and then for ever', () => {
    const guest = joined('c-1')
    for (let i = 0; i < 1000; i++) {
      expect(guest.fault('protocol/malformed')).toBeNull()
      clock.advance(5000)
    }
  })

  it('may have its upload cancelled every second, with four chunks on their way', () => {
    const guest = joined('c-1')
    for (let s = 0; s < 3600; s++) {
      for (let chunk = 0; chunk < 4; chunk++) expect(guest.fault('update/not-begun')).toBeNull()
      clock.advance(1000)
    }
  })

  it('pays nothing for a coordinator that is busy', () => {
    const guest = joined('c-1')
    for (let i = 0; i < 1000; i++) expect(guest.fault('update/busy')).toBeNull()
  })
})

describe('too much', () => {
  it('is refused with a code, a sentence and a time, and works again after that time', () => {
    const guest = joined('c-1')
    expect(send(guest, 1000)).toEqual({ ok: 1000 })
    const judged = guest.event(EVENTS.progress, 0, false)
    expect(judged).toMatchObject({ kind: 'refuse', refusal: { ok: false, code: 'access/too-many', retryMs: 5 } })
    clock.advance(5)
    expect(guest.event(EVENTS.progress, 0, false).kind).toBe('ok')
    expect(conduct.refusals.get('access/too-many')).toBe(1)
  })

  it('ends in being cut off when it goes on', () => {
    const guest = joined('c-1')
    expect(send(guest, 5000)).toEqual({ ok: 1000, refuse: 160, 'cut-off': 1 })
  })

  it('counts small chunks as events: a model in single bytes is a flood', () => {
    const guest = joined('c-1')
    expect(send(guest, 5000, EVENTS.updateChunk, LARGE_CHUNK_BYTES - 1)['cut-off']).toBe(1)
  })

  it('is a matter of the client, not of its connection', () => {
    send(joined('c-1'), 1000)
    expect(send(joined('c-1'), 1)).toEqual({ refuse: 1 })
  })

  it('is refused while 64 answers are open, and no longer', () => {
    const guest = joined('c-1')
    for (let i = 0; i < 64; i++) expect(guest.event(EVENTS.updateCommit, 0, true).kind).toBe('ok')
    expect(guest.event(EVENTS.updateCommit, 0, true)).toMatchObject({
      kind: 'refuse',
      refusal: { code: 'access/too-many', retryMs: 1000 },
    })
    expect(guest.event(EVENTS.progress, 0, false).kind).toBe('ok')
    guest.answered()
    expect(guest.event(EVENTS.updateCommit, 0, true).kind).toBe('ok')
  })

  it('of a whole place is refused to those who send the most; the others go on', () => {
    conduct = new Conduct({ clock, limits: { placeEvents: { perSecond: 1, burst: 1500 } } })
    const [loud, other, quiet] = ['c-1', 'c-2', 'c-3'].map((id) => joined(id)) as [Guest, Guest, Guest]
    expect(send(loud, 900)).toEqual({ ok: 900 })
    expect(send(other, 600)).toEqual({ ok: 600 })
    expect(send(loud, 1)).toEqual({ refuse: 1 })
    expect(send(other, 1)).toEqual({ refuse: 1 })
    expect(send(quiet, 400)).toEqual({ ok: 400 })
    expect(send(joined('c-9', '10.0.0.9'), 1000)).toEqual({ ok: 1000 })
  })
})

describe('being cut off', () => {
  /** Says the codes that led to it, until it does. */
  const misbehave = (guest: Guest, code = 'protocol/malformed') => {
    for (let i = 0; i < 1000; i++) {
      const dismissed = guest.fault(code)
      if (dismissed) return { dismissed, after: i }
    }
    throw new Error('It was never cut off.')
  }

  it('comes after twenty things that make no sense, with a reason and a time', () => {
    const { dismissed, after } = misbehave(joined('c-1'))
    expect(after).toBe(20)
    expect(dismissed).toMatchObject({ code: 'access/misbehaved', retryMs: 300_000 })
    expect(dismissed.message).toMatch(/makes no sense, and was cut off. Try again in 5 minutes\.$/)
    expect(conduct.cutOffs.get('protocol/malformed')).toBe(1)
  })

  it('comes later for what can happen without anybody’s fault', () => {
    expect(misbehave(joined('c-1'), 'update/not-begun').after).toBe(640)
  })

  it('keeps the client out for its time, under its own id only', () => {
    misbehave(joined('c-1'))
    const again = conduct.arrive(CLASSROOM)
    expect(again.hello('c-1')).toMatchObject({ code: 'access/misbehaved', retryMs: 300_000 })
    expect(conduct.arrive('10.9.9.9').hello('c-1')).toMatchObject({ code: 'access/misbehaved' })
    expect(conduct.arrive(CLASSROOM).hello('c-2')).toBeNull()
    expect(conduct.arrive(CLASSROOM).hello(null)).toBeNull()
    clock.advance(300_000)
    expect(again.hello('c-1')).toBeNull()
  })

  it('keeps out whoever had long been so quiet that nothing was on record', () => {
    const guest = joined('c-1')
    clock.advance(3_600_000)
    for (let i = 0; i < 50; i++) joined(`c-now-${i}`, '10.9.9.9')
    misbehave(guest)
    for (let i = 0; i < 50; i++) joined(`c-later-${i}`, '10.9.9.9')
    expect(conduct.arrive(CLASSROOM).hello('c-1')).toMatchObject({ code: 'access/misbehaved', retryMs: 300_000 })
  })

  it('of many clients of one place keeps its new ones waiting, and only those', () => {
    for (let i = 0; i < 11; i++) misbehave(joined(`c-${i}`))
    expect(conduct.arrive(CLASSROOM).hello(null)).toMatchObject({ code: 'access/too-many', retryMs: 300_000 })
    expect(conduct.arrive(CLASSROOM).hello('c-99')).toBeNull()
    expect(conduct.arrive('10.9.9.9').hello(null)).toBeNull()
    clock.advance(300_000)
    expect(conduct.arrive(CLASSROOM).hello(null)).toBeNull()
  })

  it('does not carry over from a connection’s time as nobody to its client', () => {
    const guest = conduct.arrive(CLASSROOM)
    for (let i = 0; i < 19; i++) guest.fault('protocol/malformed')
    guest.becomes('c-1')
    expect(misbehave(guest).after).toBe(20)
  })
})

describe('a flood of hellos', () => {
  it('uses up what new clients an address may have; whoever is known comes in', () => {
    const guest = conduct.arrive(CLASSROOM)
    for (let i = 0; i < 1000; i++) expect(guest.hello(null)).toBeNull()
    expect(guest.hello(null)).toMatchObject({ code: 'access/too-many', retryMs: 100 })
    expect(guest.hello('c-1')).toBeNull()
    expect(conduct.arrive('10.9.9.9').hello(null)).toBeNull()
    clock.advance(100)
    expect(guest.hello(null)).toBeNull()
  })

  it('is counted by network where addresses are many', () => {
    for (let i = 0; i < 1000; i++) conduct.arrive(`2001:db8::${i.toString(16)}`).hello(null)
    expect(conduct.arrive('2001:db8::ffff').hello(null)).toMatchObject({ code: 'access/too-many' })
  })
})
