/**
 * Makes WebAssembly modules work on memory that threads share. Memory is shared where a bit of its limits says so (WebAssembly
 * threads proposal, "Binary format": limits 0x01 have an end, 0x03 have an end and are shared); all other bytes are the same.
 */

const HEADER = 8
const [IMPORTS, MEMORIES] = [2, 5]
const [FUNCTION, MEMORY] = [0, 2]
const [WITH_END, SHARED] = [1, 3]

/** A copy whose memory, its own or imported, is shared. Throws where it has none with an end. */
export function shared(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(module)
  const at = limitsOf(bytes)
  if (bytes[at] !== WITH_END) throw new Error('a WebAssembly module whose memory has no end cannot share it')
  bytes[at] = SHARED
  return bytes
}

/** Where the limits of its memory begin. */
function limitsOf(bytes: Uint8Array): number {
  let at = HEADER
  const number = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const skipName = () => {
    const length = number()
    at += length
  }
  while (at < bytes.length) {
    const section = bytes[at++]
    const size = number()
    const end = at + size
    const count = section === IMPORTS || section === MEMORIES ? number() : 0
    if (section === MEMORIES && count > 0) return at
    for (let i = 0; i < count; i++) {
      skipName()
      skipName()
      const kind = bytes[at++]
      if (kind === MEMORY) return at
      if (kind !== FUNCTION) break
      number()
    }
    at = end
  }
  throw new Error('a WebAssembly module without memory')
}
