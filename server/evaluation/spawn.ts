import { Worker } from 'node:worker_threads'

/** Starts the thread in the file `name` beside the `caller`: the built one, or, where the caller runs from source, the source. */
export function spawnThread(caller: string, name: string, workerData: unknown): Worker {
  if (!caller.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, caller), { workerData })
  const source = JSON.stringify(new URL(`./${name}.ts`, caller).href)
  const bootstrap = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${source}) })`
  return new Worker(bootstrap, { eval: true, workerData })
}
