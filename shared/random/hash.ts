/**
 * A 32-bit hash of a sequence of keys: MurmurHash3_x86_32 (Austin Appleby, public domain), each UTF-16 code unit
 * fed as one 32-bit block. Mixes well and is fast; it is not for secrets.
 */
export function hashKeys(keys: readonly (string | number)[]): number {
  let hash = 0
  let blocks = 0
  for (const key of keys) {
    const text = encodeKey(key)
    for (let i = 0; i < text.length; i++) hash = mixBlock(hash, text.charCodeAt(i))
    blocks += text.length
  }
  return finalise(hash ^ (blocks * 4))
}

/**
 * One key as text that cannot run into its neighbours: its kind, its length, then itself. So ('a', 'b') and ('ab'),
 * or 1 and '1', are different keys.
 */
function encodeKey(key: string | number): string {
  const text = String(key)
  return `${typeof key === 'number' ? 'n' : 's'}${text.length}:${text}`
}

function mixBlock(hash: number, block: number): number {
  let k = Math.imul(block, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  let h = hash ^ Math.imul(k, 0x1b873593)
  h = (h << 13) | (h >>> 19)
  return (Math.imul(h, 5) + 0xe6546b64) | 0
}

function finalise(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
