import { Worker } from 'node:worker_threads'
import type { ThreadData } from './messages.ts'

/** Starts the evaluation thread: the built one, or, where this file itself runs from source, the source. */
export function spawnThread(workerData: ThreadData): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./thread.js', import.meta.url), { workerData })
  const source = JSON.stringify(new URL('./thread.ts', import.meta.url).href)
  const bootstrap = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${source}) })`
  return new Worker(bootstrap, { eval: true, workerData })
}
