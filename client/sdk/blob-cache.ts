import { createStore, del, get, keys, set, type UseStore } from 'idb-keyval'

/** Where blobs stay between visits, by sha256. What it returns is checked by its user. */
export interface BlobCache {
  get(digest: string): Promise<Uint8Array | null>
  put(digest: string, bytes: Uint8Array): Promise<void>
}

/** No cache: in Node, or where the browser forbids IndexedDB. */
export const noCache: BlobCache = { get: async () => null, put: async () => {} }

interface Entry {
  readonly bytes: Uint8Array
  readonly at: number
}

/**
 * Blobs in IndexedDB, the latest `keep` of them. (The HTTP cache is not enough: browsers do not use it behind a
 * certificate that was clicked through.) A cache that cannot be used, in private windows say, is no error.
 */
export function indexedDbCache(keep: number): BlobCache {
  if (typeof indexedDB === 'undefined') return noCache
  let store: UseStore
  try {
    store = createStore('tributary', 'blobs')
  } catch {
    return noCache
  }
  return {
    async get(digest) {
      try {
        return (await get<Entry>(digest, store))?.bytes ?? null
      } catch {
        return null
      }
    },
    async put(digest, bytes) {
      try {
        await set(digest, { bytes, at: Date.now() } satisfies Entry, store)
        await prune(store, keep)
      } catch {
        // Full or forbidden: the next visit downloads again.
      }
    },
  }
}

async function prune(store: UseStore, keep: number): Promise<void> {
  const all = await keys<string>(store)
  if (all.length <= keep) return
  const dated = await Promise.all(all.map(async (key) => ({ key, at: (await get<Entry>(key, store))?.at ?? 0 })))
  dated.sort((a, b) => b.at - a.at)
  await Promise.all(dated.slice(keep).map(({ key }) => del(key, store)))
}
