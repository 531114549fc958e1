import { Caller } from './caller.ts'

const make = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
Object.assign(globalThis, { workers: new Caller(make) })
