/**
 * Immutable bytes by their sha256. Duties of an implementation:
 * - `put` resolves with the digest once the bytes are durable under it, and never leaves half a blob behind;
 * - `read` yields exactly the bytes that were put, in pieces, or throws: 'model/unknown' where there is no such blob,
 *   'storage/corrupt' where the bytes do not have their digest any more (at the latest before the last piece).
 */
export interface BlobStore {
  put(pieces: Iterable<Uint8Array>): Promise<{ digest: string; bytes: number }>
  read(digest: string): AsyncIterable<Uint8Array>
  size(digest: string): Promise<number | null>
  /** Takes a blob away; one that is not there is no error. Whoever is reading it reads on to its end. */
  delete(digest: string): Promise<void>
  /** The digests of all blobs, in any order. */
  list(): AsyncIterable<string>
}
