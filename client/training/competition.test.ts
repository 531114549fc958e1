import { describe, expect, it } from 'vitest'
import { compete, type Entrant, tiersOf } from './competition.ts'

const webgpu = { name: 'webgpu', hardware: true } as const
const wasm = { name: 'wasm', hardware: true } as const
const webgl = { name: 'webgl', hardware: true } as const
const cpu = { name: 'cpu', hardware: true } as const
const played = (entrant: Entrant): Entrant => ({ ...entrant, hardware: false })
const names = (tiers: readonly (readonly Entrant[])[]) => tiers.map((tier) => tier.map((e) => e.name).join(' + '))

describe('who is measured', () => {
  it('a graphics card and WebAssembly compete; the rest waits', () => {
    expect(names(tiersOf([webgpu, wasm, webgl, cpu]))).toEqual(['webgpu + wasm', 'webgl', 'cpu'])
    expect(names(tiersOf([wasm, webgl, cpu]))).toEqual(['webgl + wasm', 'cpu'])
  })

  it('what only plays a graphics card comes after WebAssembly', () => {
    expect(names(tiersOf([played(webgpu), wasm, played(webgl), cpu]))).toEqual(['wasm', 'webgl', 'webgpu', 'cpu'])
    expect(names(tiersOf([played(webgpu), wasm, webgl, cpu]))).toEqual(['webgl + wasm', 'webgpu', 'cpu'])
  })

  it('the only one is tried, whatever it is', () => {
    expect(names(tiersOf([cpu])).filter(Boolean)).toEqual(['cpu'])
    expect(names(tiersOf([played(webgpu)])).filter(Boolean)).toEqual(['webgpu'])
  })
})

describe('who wins', () => {
  const play = async (rates: Partial<Record<string, number | null>>, known: Partial<Record<string, number>> = {}) => {
    const asked: string[] = []
    const outcome = await compete<Entrant>(tiersOf<Entrant>([webgpu, wasm, webgl, cpu]), {
      known: async ({ name }) => known[name] ?? null,
      async measure({ name }) {
        asked.push(name)
        return rates[name] ?? null
      },
    })
    const slower = [...(outcome?.slower ?? [])].map(([{ name }, rate]) => `${name} ${rate}`)
    return { asked, winner: outcome?.winner.name, rate: outcome?.rate, slower }
  }

  it('the fastest, whichever it is', async () => {
    const first = await play({ webgpu: 900, wasm: 200 })
    expect(first).toEqual({ asked: ['webgpu', 'wasm'], winner: 'webgpu', rate: 900, slower: ['wasm 200'] })
    expect(await play({ webgpu: 100, wasm: 200 })).toMatchObject({ winner: 'wasm', rate: 200, slower: ['webgpu 100'] })
  })

  it('of those that can do the work; others come in one by one', async () => {
    expect(await play({ wasm: 7 })).toMatchObject({ winner: 'wasm', slower: [] })
    expect(await play({ webgl: 3, cpu: 9 })).toMatchObject({ asked: ['webgpu', 'wasm', 'webgl'], winner: 'webgl' })
    expect(await play({ cpu: 9 })).toMatchObject({ asked: ['webgpu', 'wasm', 'webgl', 'cpu'], winner: 'cpu' })
    expect(await play({})).toMatchObject({ winner: undefined })
  })

  it('where all were measured before, only the one that was fastest is measured', async () => {
    const seen = await play({ wasm: 210, webgpu: 900 }, { webgpu: 100, wasm: 200 })
    expect(seen).toEqual({ asked: ['wasm'], winner: 'wasm', rate: 210, slower: ['webgpu 100'] })
  })

  it('unless it has become slower than the next, or cannot do it any more', async () => {
    const slower = await play({ wasm: 50, webgpu: 120 }, { webgpu: 100, wasm: 200 })
    expect(slower).toEqual({ asked: ['wasm', 'webgpu'], winner: 'webgpu', rate: 120, slower: ['wasm 50'] })
    expect(await play({ webgpu: 90 }, { webgpu: 100, wasm: 200 })).toMatchObject({ winner: 'webgpu', slower: [] })
  })

  it('where one is not known, all are measured', async () => {
    expect(await play({ wasm: 210, webgpu: 900 }, { wasm: 200 })).toMatchObject({ winner: 'webgpu' })
  })
})
