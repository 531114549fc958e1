import * as tf from '@tensorflow/tfjs-core'
import type { WasmBackend } from '../wasm/kernels.ts'
import { refuseFullMemory } from '../wasm/memory.ts'
import { setThreads } from '../wasm/products/products.ts'
import { registerTrainingKernels } from '../wasm/register.ts'
import { threadsHere } from '../wasm/threads/crew.ts'
import { shared } from '../wasm/threads/shared-memory.ts'
import { activate, startAnew } from './activate.ts'
import type { Availability, Backend } from './backend.ts'

type WasmPaths = Readonly<Record<string, string>>

/** tfjs' own, among its backends. */
const PRIORITY = 2
/** Half a megabyte is compiled in this time on any machine. */
const START_MS = 15_000

export const wasm: Backend = {
  name: 'wasm',

  async look(): Promise<Availability> {
    if (typeof WebAssembly === 'undefined')
      return { available: false, reason: 'This browser does not offer WebAssembly.' }
    const adapter = hasSimd() ? 'processor with SIMD' : 'processor'
    return { available: true, adapter, hardware: true, threads: mostThreads() }
  },

  async activate(threads = mostThreads()): Promise<number> {
    await start()
    const backend = tf.backend() as unknown as WasmBackend
    refuseFullMemory(backend)
    return setThreads(sharesMemory ? threads : 1, backend)
  },
}

/** Whether tfjs works on memory that threads can share: it does or does not from its start on. */
let sharesMemory: boolean | null = null

async function start(): Promise<void> {
  if (sharesMemory !== null) return activate('wasm')
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  registerTrainingKernels()
  // tfjs' own threads need a CSP with blob:, start eight workers and hang once they are minified. Ours need shared memory alone.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  // In Node tfjs finds its modules beside itself.
  if (!tf.env().getBool('IS_NODE')) await startInBrowser(setWasmPaths)
  else await activate('wasm')
  sharesMemory ??= false
}

async function startInBrowser(setWasmPaths: (paths: WasmPaths, usePlatformFetch?: boolean) => void): Promise<void> {
  const { plainUrl, simdUrl } = await import('./wasm-files.ts')
  const paths = {
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
  }
  const module = mostThreads() > 1 ? await sharedModule(simdUrl) : null
  if (module) {
    setWasmPaths(paths, true)
    if (await within(START_MS, () => giving(module, () => activate('wasm')))) {
      sharesMemory = true
      return
    }
    startAnew('wasm', PRIORITY)
  }
  setWasmPaths(paths)
  await activate('wasm')
}

/** tfjs' SIMD module on shared memory; null where this browser has none to give. */
async function sharedModule(simdUrl: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const response = await fetch(simdUrl)
    const module = shared(new Uint8Array(await response.arrayBuffer()))
    return WebAssembly.validate(module) ? module : null
  } catch {
    return null
  }
}

/** tfjs asks its platform for its module, wherever that is: meanwhile it is given this one. */
async function giving(module: Uint8Array<ArrayBuffer>, work: () => Promise<void>): Promise<void> {
  const { platform } = tf.env()
  const { fetch: own } = platform
  platform.fetch = async () => {
    platform.fetch = own
    return new Response(module)
  }
  try {
    await work()
  } finally {
    platform.fetch = own
  }
}

/** Whether it ends well in time: tfjs waits for ever for a module that cannot be started, as where memory is short. */
async function within(ms: number, work: () => Promise<void>): Promise<boolean> {
  const ends = work().then(
    () => true,
    () => false,
  )
  return Promise.race([ends, new Promise<boolean>((resolve) => setTimeout(resolve, ms, false))])
}

const mostThreads = () => (hasSimd() ? threadsHere() : 1)

/** Asks the engine to validate a module with one SIMD instruction: i32.const 0, i8x16.splat, drop. */
function hasSimd(): boolean {
  const module = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11]
  return WebAssembly.validate(Uint8Array.from(module))
}
