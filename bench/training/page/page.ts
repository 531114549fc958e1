/** Starts workers that train, and hands them to whoever drives the page. */
import { webgpu } from '../../../client/training/backends/webgpu.ts'
import { Caller } from '../../../e2e/lab/page/caller.ts'

const bench = {
  /** The GPU's name, and whether it is one: a program may only play it. null: none. */
  async adapter(): Promise<{ name: string; hardware: boolean } | null> {
    const seen = await webgpu.look()
    return seen.available ? { name: seen.adapter, hardware: seen.hardware } : null
  },
}

const make = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
export type Bench = typeof bench
Object.assign(globalThis, { bench, workers: new Caller(make) })
