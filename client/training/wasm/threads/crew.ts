/** The threads that share the work of tfjs' WebAssembly backend, in a page that is isolated from others' processes. */
import { TributaryError } from '../../../../shared/errors/error.ts'
import { Board, type Kernel, MAX_PARTS, type Posting } from './board.ts'
import type { Calling } from './helper.ts'

/** More take more memory and gain little: what is large enough to be cut is a part of a step. */
const MOST_THREADS = 8
/** Parts for each thread: so that none waits long for another that began late. */
const PARTS_A_THREAD = 4
const START_MS = 5000
/** Looks of 20 ms: a part takes some milliseconds. */
const PATIENCE = 1000

/**
 * Threads that may compute here at the same time, this one too; 1 where they cannot share memory or must not wait. Of more than
 * two processors one is left to the person.
 */
export function threadsHere(): number {
  const inWorker = 'WorkerGlobalScope' in globalThis && typeof Worker === 'function'
  if (!globalThis.crossOriginIsolated || !inWorker) return 1
  const processors = navigator.hardwareConcurrency
  return Math.max(1, Math.min(MOST_THREADS, processors > 2 ? processors - 1 : processors))
}

/** What the threads compute with: `kernels` are `module`'s on this memory, which is shared, in the order of all threads. */
export interface Tools {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly kernels: readonly Kernel[]
}

/** So many threads, this one too; null where they do not start, as where their file cannot be loaded. */
export async function muster(threads: number, { module, memory, kernels }: Tools): Promise<Crew | null> {
  const board = new Board()
  const helpers = Array.from({ length: threads - 1 }, (_, i) => {
    const helper = new Worker(new URL('./helper.ts', import.meta.url), { type: 'module', name: `training-${i + 1}` })
    helper.postMessage({ module, memory, board: board.memory, thread: i + 1 } satisfies Calling)
    return helper
  })
  const crew = new Crew(board, kernels, helpers)
  const ready = Promise.all(helpers.map(answers)).then(
    () => true,
    () => false,
  )
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, START_MS, false))
  if (await Promise.race([ready, late])) return crew
  crew.dismiss()
  return null
}

/** Resolves at a worker's first message. */
function answers(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true })
    worker.addEventListener('error', reject, { once: true })
  })
}

export class Crew {
  private readonly board: Board
  private readonly kernels: readonly Kernel[]
  private readonly helpers: readonly Worker[]
  private broken = false

  constructor(board: Board, kernels: readonly Kernel[], helpers: readonly Worker[]) {
    this.board = board
    this.kernels = kernels
    this.helpers = helpers
  }

  /** This one too. */
  get threads(): number {
    return this.helpers.length + 1
  }

  /** Parts that others than this thread have taken. */
  get helped(): number {
    return this.board.helped
  }

  /**
   * Returns once all is done. Throws what a kernel throws, or 'training/failed' where a thread has stopped: then and ever after,
   * since what it had begun to write to may be another tensor's by now.
   */
  perform(work: Omit<Posting, 'grain'>): void {
    const parts = Math.min(work.units, this.threads * PARTS_A_THREAD, MAX_PARTS)
    const posting = { ...work, grain: Math.ceil(work.units / parts) }
    this.broken ||= !this.board.perform(posting, this.kernels, PATIENCE)
    if (!this.broken) return
    this.dismiss()
    throw new TributaryError(
      'training/failed',
      'One of the threads that train has stopped in the middle of its work. Load the page again.',
    )
  }

  dismiss(): void {
    for (const helper of this.helpers) helper.terminate()
  }
}
