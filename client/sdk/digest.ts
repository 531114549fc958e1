/** sha256 without crypto.subtle, which plain http does not offer. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** Takes bytes piece by piece; `hex` ends it. */
export class Digest {
  private readonly hash = sha256.create()

  update(bytes: Uint8Array): this {
    this.hash.update(bytes)
    return this
  }

  hex(): string {
    return bytesToHex(this.hash.digest())
  }
}

export function digestOf(pieces: Iterable<Uint8Array>): string {
  const digest = new Digest()
  for (const piece of pieces) digest.update(piece)
  return digest.hex()
}

export function digestOfText(text: string): string {
  return digestOf([new TextEncoder().encode(text)])
}
