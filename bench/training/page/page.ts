/** Starts workers that train, and hands them to whoever drives the page. */
import { type Remote, releaseProxy, wrap } from 'comlink'
import { webgpu } from '../../../client/training/backends/webgpu.ts'
import type { Contender } from './contender.ts'

const open = new Map<string, { worker: Worker; api: Remote<Contender> }>()

const bench = {
  /** The GPU's name, and whether it is one: a program may only play it. null: none. */
  async adapter(): Promise<{ name: string; hardware: boolean } | null> {
    const seen = await webgpu.look()
    return seen.available ? { name: seen.adapter, hardware: seen.hardware } : null
  },
  start(name: string): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    open.set(name, { worker, api: wrap<Contender>(worker) })
  },
  call(name: string, method: keyof Contender, ...args: unknown[]): Promise<unknown> {
    const api = open.get(name)?.api as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    return (api[method] as (...args: unknown[]) => Promise<unknown>)(...args)
  },
  end(name: string): void {
    const known = open.get(name)
    open.delete(name)
    known?.api[releaseProxy]()
    known?.worker.terminate()
  },
}

export type Bench = typeof bench
Object.assign(globalThis, { bench })
