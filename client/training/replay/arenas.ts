/** Weights side by side in few large vectors, so that one program can go over all of them. */

export interface Slice {
  readonly arena: number
  readonly offset: number
  readonly bytes: number
}

export interface Arenas {
  /** Bytes of each. */
  readonly sizes: readonly number[]
  /** One for each weight. */
  readonly slices: readonly Slice[]
}

/** WebGPU's default for the offset of a binding. */
const ALIGNMENT = 256

/** Lays out weights of so many bytes each in arenas of at most `limit` bytes. A larger weight has one of its own. */
export function layArenas(bytes: readonly number[], limit: number): Arenas {
  const sizes: number[] = []
  const slices = bytes.map((own): Slice => {
    const space = Math.ceil(own / ALIGNMENT) * ALIGNMENT
    const last = sizes.length - 1
    if (last < 0 || (sizes[last] as number) + space > limit) {
      sizes.push(space)
      return { arena: sizes.length - 1, offset: 0, bytes: own }
    }
    const offset = sizes[last] as number
    sizes[last] = offset + space
    return { arena: last, offset, bytes: own }
  })
  return { sizes, slices }
}
