/** Who shares memory with whom. */

export interface Lifetime {
  readonly bytes: number
  /** The first and the last node, by index, that touch it. */
  readonly first: number
  readonly last: number
}

export interface Sharing {
  /** Bytes of each block, those that were there before first. */
  readonly blocks: readonly number[]
  /** The block of each of the values. */
  readonly blockOf: readonly number[]
}

/** A block may hold a value of at least this part of it; a smaller one would hold on to it for too long. */
const SNUG = 1 / 8

/**
 * Gives each value a block that no other one uses during its life: the largest first, into the smallest block that is free
 * ("greedy by size" for shared objects, Pisarchyk & Lee 2020, section 4.2). `before`: bytes of blocks that are there already.
 */
export function shareMemory(values: readonly Lifetime[], before: readonly number[] = []): Sharing {
  const blocks = before.map((bytes) => ({ bytes, taken: [] as Lifetime[] }))
  const blockOf = new Array<number>(values.length)
  const order = values.map((_, i) => i).sort((a, b) => (values[b] as Lifetime).bytes - (values[a] as Lifetime).bytes)
  for (const i of order) {
    const value = values[i] as Lifetime
    const free = (block: (typeof blocks)[number]) =>
      block.bytes >= value.bytes &&
      block.bytes * SNUG <= Math.max(value.bytes, SMALL) &&
      block.taken.every(({ first, last }) => last < value.first || value.last < first)
    let best = -1
    blocks.forEach((block, b) => {
      if (free(block) && (best < 0 || block.bytes < (blocks[best] as typeof block).bytes)) best = b
    })
    if (best < 0) best = blocks.push({ bytes: value.bytes, taken: [] }) - 1
    blocks[best]?.taken.push(value)
    blockOf[i] = best
  }
  return { blocks: blocks.map(({ bytes }) => bytes), blockOf }
}

/** Below this, snug does not matter. */
const SMALL = 4096
