/** Starts the worker that reads pictures, and hands it to whoever drives the page. */
import { Caller } from '../../../e2e/lab/page/caller.ts'

const make = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
Object.assign(globalThis, { workers: new Caller(make) })
