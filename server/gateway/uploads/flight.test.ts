import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../../shared/clock/clock.ts'
import { Flight, type Grant, MAX_TURN_MS, PATIENCE, PATIENCE_MS, SMALL_PART, SMALL_SHARE, TURN_MS } from './flight.ts'

/** 6400 bytes: 800 are kept for uploads of up to 100. */
const LIMITS = { maxBytes: 6400, maxUploads: 80 }
const MAIN = LIMITS.maxBytes - LIMITS.maxBytes / SMALL_SHARE
const KEPT = LIMITS.maxBytes / SMALL_SHARE
const SMALL = LIMITS.maxBytes / SMALL_PART

function make(limits = LIMITS) {
  const clock = new ManualClock()
  const flight = new Flight(limits, clock)
  /** A grant, or how long to wait. */
  const ask = (key: string, bytes: number): Grant | number => {
    const turn = flight.ask(key, bytes)
    return 'retryMs' in turn ? turn.retryMs : turn
  }
  const granted = (key: string, bytes: number): Grant => {
    const turn = ask(key, bytes)
    if (typeof turn === 'number') throw new Error(`${key} has to wait`)
    return turn
  }
  return { clock, flight, ask, granted }
}

describe('U2: the bound', () => {
  it('U2: counts what is under way, and gives it back once', () => {
    const { flight, ask, granted } = make()
    const a = granted('a', 5000)
    expect(flight).toMatchObject({ bytes: 5000, uploads: 1, waiting: 0 })
    expect(ask('b', 601)).toBe(TURN_MS)
    const c = granted('b', 600)
    a.release()
    a.release()
    expect(flight.bytes).toBe(600)
    c.release()
    expect(flight).toMatchObject({ bytes: 0, uploads: 0, waiting: 0 })
  })

  it('U2: lets one upload pass alone, however large', () => {
    const { ask, granted } = make()
    const small = granted('small', SMALL)
    const huge = granted('huge', 1e9)
    expect(ask('other', 101)).toBe(TURN_MS)
    expect(ask('another huge', 1e9)).toBe(2 * TURN_MS)
    huge.release()
    granted('other', 101).release()
    granted('another huge', 1e9)
    small.release()
  })

  it('U2: bounds the number of uploads too', () => {
    const { ask, granted } = make({ maxBytes: 6400, maxUploads: 16 })
    for (let i = 0; i < 14; i++) granted(`${i}`, 200)
    expect(ask('one more', 200)).toBe(TURN_MS)
    granted('small 1', 1)
    granted('small 2', 1)
    expect(ask('small 3', 1)).toBe(TURN_MS)
  })
})

describe('U2: the line', () => {
  it('U2: keeps what becomes free for those who wait, whoever asks first', () => {
    const { ask, granted } = make()
    const first = granted('a', MAIN)
    expect(ask('b', 3000)).toBe(TURN_MS)
    expect(ask('c', 3000)).toBe(2 * TURN_MS)
    expect(ask('d', 3000)).toBe(3 * TURN_MS)
    first.release()
    // d would fit, but not beside b and c; c fits beside b.
    expect(ask('d', 3000)).toBe(3 * TURN_MS)
    expect(ask('late', 200)).toBe(4 * TURN_MS)
    expect(ask('c', 2600)).not.toBe(0)
    granted('b', 3000)
  })

  it('U2: lets one pass before those ahead have come, where all fit', () => {
    const { ask, granted } = make()
    const first = granted('a', MAIN)
    ask('b', 2000)
    ask('c', 2000)
    first.release()
    granted('c', 2000)
    granted('b', 2000)
  })

  it('U2: gives up places that are not asked for', () => {
    const { clock, flight, ask, granted } = make()
    const first = granted('a', MAIN)
    expect(ask('gone', 5000)).toBe(TURN_MS)
    ask('b', 5000)
    first.release()
    clock.advance(2 * TURN_MS)
    expect(ask('b', 5000)).toBe(2 * TURN_MS)
    clock.advance(PATIENCE * TURN_MS + PATIENCE_MS - 2 * TURN_MS)
    expect(ask('b', 5000)).toBe(2 * TURN_MS)
    clock.advance(1)
    granted('b', 5000)
    expect(flight.waiting).toBe(0)
    // Back again, it stands at the end.
    expect(ask('c', 5000)).toBe(TURN_MS)
    expect(ask('gone', 5000)).toBe(2 * TURN_MS)
  })

  it('U2: is shorter by those who leave it', () => {
    const { flight, ask, granted } = make()
    const first = granted('a', MAIN)
    ask('b', MAIN)
    ask('c', MAIN)
    first.release()
    flight.leave('b')
    flight.leave('never there')
    granted('c', MAIN)
  })

  it('U2: never has anybody wait long before the next question', () => {
    const { ask, granted } = make()
    granted('a', MAIN)
    for (let i = 0; i < 100; i++) expect(ask(`${i}`, 5000)).toBeLessThanOrEqual(MAX_TURN_MS)
  })

  it('U2: is a line for small uploads too', () => {
    const { ask, granted } = make()
    granted('a', MAIN)
    const small = Array.from({ length: KEPT / SMALL }, (_, i) => granted(`small ${i}`, SMALL))
    expect(ask('b', SMALL)).toBe(TURN_MS)
    expect(ask('c', SMALL)).toBe(2 * TURN_MS)
    small[0]?.release()
    expect(ask('c', SMALL)).toBe(2 * TURN_MS)
    granted('b', SMALL)
  })

  it('U2: huge uploads starve no small one, and small ones no huge one', () => {
    const { ask, granted } = make()
    const first = granted('a', MAIN)
    for (let i = 0; i < 10; i++) ask(`huge ${i}`, MAIN)
    const small = Array.from({ length: KEPT / SMALL }, (_, i) => granted(`small ${i}`, SMALL))
    expect(ask('small', SMALL)).toBe(TURN_MS)
    first.release()
    expect(ask('small', SMALL)).toBe(TURN_MS)
    small[0]?.release()
    granted('small', SMALL)
    granted('huge 0', MAIN)
  })
})

describe('U2: random crowds', () => {
  const SIZES = [1, SMALL, SMALL + 1, 1000, 3000, MAIN, MAIN + 1, 20_000]
  const act = fc.record({
    who: fc.nat({ max: 11 }),
    does: fc.constantFrom('ask', 'ask', 'ask', 'ask', 'end', 'end', 'leave', 'wait', 'wait'),
    ms: fc.constantFrom(0, 100, 1000, 10_000, 30_000),
  })

  interface Client {
    readonly key: string
    readonly bytes: number
    grant: Grant | null
    /** A place that it must still have. */
    place: { readonly since: number; readonly until: number } | null
  }

  const crowd = fc.array(fc.constantFrom(...SIZES), { minLength: 12, maxLength: 12 })

  function clientsOf(sizes: readonly number[]): Client[] {
    return sizes.map((bytes, i) => ({ key: `c${i}`, bytes, grant: null, place: null }))
  }

  const total = (clients: readonly Client[]) => clients.reduce((sum, c) => sum + c.bytes, 0)

  it('U2: never pass the bound, never overtake each other, and give all back', () => {
    let waits = 0
    let turns = 0
    fc.assert(
      fc.property(crowd, fc.array(act, { minLength: 30, maxLength: 200 }), (sizes, acts) => {
        const { clock, flight, ask } = make()
        const clients = clientsOf(sizes)
        let asked = 0
        for (const { who, does, ms } of acts) {
          const client = clients[who] as Client
          if (does === 'wait') clock.advance(ms)
          if (does === 'leave') {
            flight.leave(client.key)
            client.place = null
          }
          if (does === 'end') {
            client.grant?.release()
            client.grant = null
          }
          if (does === 'ask' && !client.grant) {
            const now = clock.now()
            const living = (c: Client) => c !== client && c.place !== null && c.place.until >= now
            const own = client.place && client.place.until >= now ? client.place : { since: asked++, until: 0 }
            const ahead = clients.filter((c) => living(c) && (c.place?.since as number) < own.since)
            const under = clients.filter((c) => c.grant)
            const turn = ask(client.key, client.bytes)
            if (typeof turn === 'number') {
              waits++
              client.place = { since: own.since, until: now + PATIENCE * turn + PATIENCE_MS }
              // The first in line, with nothing under way, is never refused.
              expect(ahead.length + under.length).toBeGreaterThan(0)
            } else {
              turns++
              client.grant = turn
              client.place = null
              // Nobody passes those ahead but where they would fit as well; small ones pass huge ones, but no small one.
              const small = client.bytes <= SMALL
              const inTheWay = small ? ahead.filter((c) => c.bytes <= SMALL) : ahead
              const busy = small ? 0 : total(under.filter((c) => c.bytes > SMALL))
              if (inTheWay.length > 0) {
                expect(busy + total(inTheWay) + client.bytes).toBeLessThanOrEqual(MAIN + (small ? KEPT : 0))
              }
            }
          }
          const large = clients.filter((c) => c.grant && c.bytes > SMALL)
          const all = clients.filter((c) => c.grant)
          expect(flight.bytes).toBe(total(all))
          expect(flight.uploads).toBe(all.length)
          if (large.length > 1) expect(flight.bytes).toBeLessThanOrEqual(LIMITS.maxBytes)
          if (large.length > 1) expect(total(large)).toBeLessThanOrEqual(MAIN)
        }
        for (const client of clients) {
          client.grant?.release()
          flight.leave(client.key)
        }
        expect(flight).toMatchObject({ bytes: 0, uploads: 0, waiting: 0 })
      }),
      { numRuns: 300 },
    )
    // The histories had both outcomes in plenty.
    expect(waits).toBeGreaterThan(300)
    expect(turns).toBeGreaterThan(300)
  })

  it('U2: whoever asks again as told is let in, though others come all the time', () => {
    fc.assert(
      fc.property(crowd, fc.integer({ min: 1, max: 3000 }), fc.nat(), (sizes, lasts, seed) => {
        const { clock, ask } = make()
        const clients = clientsOf(sizes)
        const rounds = 3
        const longest: number[] = []
        for (const [i, client] of clients.entries()) {
          let left = rounds
          let since = 0
          const go = () => {
            const turn = ask(client.key, client.bytes)
            if (typeof turn === 'number') return void clock.after(turn, go)
            longest.push(clock.now() - since)
            clock.after(lasts, () => {
              turn.release()
              left--
              since = clock.now()
              if (left > 0) go()
            })
          }
          clock.after((seed * (i + 1)) % 500, () => {
            since = clock.now()
            go()
          })
        }
        // All others' uploads, one after the other, each met as late as a client may ask.
        const patience = clients.length * (lasts + MAX_TURN_MS) + MAX_TURN_MS
        clock.advance(rounds * patience)
        expect(longest).toHaveLength(rounds * clients.length)
        expect(Math.max(...longest)).toBeLessThanOrEqual(patience)
      }),
      { numRuns: 200 },
    )
  })
})
