/** A thread that takes part in the training worker's products and convolutions. It never comes back to its event loop. */
import { kernelsOf, type Products } from '../products/kernels.ts'
import { Board } from './board.ts'

export interface Calling {
  readonly module: WebAssembly.Module
  /** tfjs' own, shared. */
  readonly memory: WebAssembly.Memory
  readonly board: SharedArrayBuffer
  /** From 1. */
  readonly thread: number
}

addEventListener('message', ({ data }: MessageEvent<Calling>) => {
  const { exports } = new WebAssembly.Instance(data.module, { env: { memory: data.memory } })
  postMessage('ready')
  new Board(data.board).serve(kernelsOf(exports as unknown as Products), data.thread)
})
