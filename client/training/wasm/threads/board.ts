/**
 * Where threads find work. One of them, the trainer, posts a piece of work that can be cut into parts; all, the trainer too,
 * take parts until none is left. Who comes late finds none: the trainer waits only for parts that another has begun.
 */

/** What is posted. */
export interface Posting {
  /** Which of the kernels. */
  readonly kernel: number
  /** The kernel's arguments but for the last three: the first unit of a part, the one behind its last, and its room. */
  readonly args: readonly number[]
  readonly units: number
  /** Units of a part. */
  readonly grain: number
  /** Bytes of tfjs' memory, `roomBytes` for each thread. */
  readonly room: number
  readonly roomBytes: number
}

export type Kernel = (...args: number[]) => void

const MAX_ARGS = 16
const [POSTED, DONE, HELPED, KERNEL, UNITS, GRAIN, ROOM, ROOM_BYTES, COUNT, ARGS] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const
const WORDS = ARGS + MAX_ARGS

/** The claim: a posting's number above, then its parts, below how many of them are taken. */
const BITS = 16n
const MASK = (1n << BITS) - 1n
export const MAX_PARTS = Number(MASK)

/** How often a thread looks again before it sleeps: some ten microseconds. */
const LOOKS = 400
/** It looks again after this, though nobody wakes it. */
const WAIT_MS = 20

export class Board {
  readonly memory: SharedArrayBuffer
  private readonly words: Int32Array
  private readonly claim: BigUint64Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(8 + WORDS * 4)
    this.claim = new BigUint64Array(this.memory, 0, 1)
    this.words = new Int32Array(this.memory, 8, WORDS)
  }

  /** Parts that others than the trainer have taken, of all work so far. */
  get helped(): number {
    return Atomics.load(this.words, HELPED)
  }

  /**
   * Posts work and takes part in it, as thread 0. Returns once all of it is done. Where a kernel fails here, it throws what that
   * threw, once no other thread computes any more. False: one that has begun a part does not end it, after so many looks of 20 ms
   * (of this thread's own time: a computer may sleep); nothing may be posted any more.
   */
  perform(posting: Posting, kernels: readonly Kernel[], patience: number): boolean {
    const words = this.words
    const parts = Math.ceil(posting.units / posting.grain)
    words[KERNEL] = posting.kernel
    words[UNITS] = posting.units
    words[GRAIN] = posting.grain
    words[ROOM] = posting.room
    words[ROOM_BYTES] = posting.roomBytes
    words[COUNT] = posting.args.length
    words.set(posting.args, ARGS)
    Atomics.store(words, DONE, 0)
    const number = (Atomics.load(this.claim, 0) >> (BITS + BITS)) + 1n
    Atomics.store(this.claim, 0, (number << (BITS + BITS)) | (BigInt(parts) << BITS))
    Atomics.add(words, POSTED, 1)
    Atomics.notify(words, POSTED)
    try {
      this.takeParts(kernels, 0)
    } catch (thrown) {
      // All but this thread's own.
      if (this.wait(this.close() - 1, patience)) throw thrown
      return false
    }
    return this.wait(parts, patience)
  }

  /** Until so many parts are done. */
  private wait(parts: number, patience: number): boolean {
    const words = this.words
    for (let looks = 0, late = 0; ; looks++) {
      const done = Atomics.load(words, DONE)
      if (done === parts) return true
      if (looks < LOOKS) continue
      if (late > patience) return false
      if (Atomics.wait(words, DONE, done, WAIT_MS) === 'timed-out') late++
    }
  }

  /** No part is taken any more. How many were. */
  private close(): number {
    const claim = this.claim
    for (;;) {
      const before = Atomics.load(claim, 0)
      const closed = (before & ~MASK) | ((before >> BITS) & MASK)
      if (Atomics.compareExchange(claim, 0, before, closed) === before) return Number(before & MASK)
    }
  }

  /** What a thread does for as long as it lives: waits for work and takes parts of it. */
  serve(kernels: readonly Kernel[], thread: number): never {
    const words = this.words
    for (;;) {
      const seen = Atomics.load(words, POSTED)
      this.takeParts(kernels, thread)
      let looks = 0
      while (looks < LOOKS && Atomics.load(words, POSTED) === seen) looks++
      Atomics.wait(words, POSTED, seen)
    }
  }

  private takeParts(kernels: readonly Kernel[], thread: number): void {
    const words = this.words
    const claim = this.claim
    for (;;) {
      const before = Atomics.load(claim, 0)
      const part = before & MASK
      if (part === ((before >> BITS) & MASK)) return
      // What is read here holds if the claim succeeds: other work is written only once all parts of this are done.
      const grain = words[GRAIN] as number
      const first = Number(part) * grain
      const end = Math.min(words[UNITS] as number, first + grain)
      const kernel = kernels[words[KERNEL] as number] as Kernel
      const args = words.slice(ARGS, ARGS + (words[COUNT] as number))
      const room = (words[ROOM] as number) + thread * (words[ROOM_BYTES] as number)
      if (Atomics.compareExchange(claim, 0, before, before + 1n) !== before) continue
      kernel(...args, first, end, room)
      if (thread > 0) Atomics.add(words, HELPED, 1)
      Atomics.add(words, DONE, 1)
      Atomics.notify(words, DONE)
    }
  }
}
