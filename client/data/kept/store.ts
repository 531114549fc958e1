/** Where examples are kept between visits: files of this page's own (the origin private file system), which no other page sees. */

export interface KeptStore {
  /** null where there is nothing of this name. */
  get(key: string): Promise<ArrayBuffer | null>
  /** All of it or nothing, one part after the other. Throws what the browser throws; a DOMException QuotaExceededError where it is full. */
  put(key: string, parts: readonly Uint8Array<ArrayBuffer>[]): Promise<void>
  /** Of all that is kept. */
  bytes(): Promise<number>
  clear(): Promise<void>
}

const FOLDER = 'tributary-examples'
/** Data sets, the latest. */
const MOST = 8

/** Why nothing can be kept, in a sentence; null where it can. */
export function whyNotKept(): string | null {
  if (!globalThis.isSecureContext)
    return 'Nothing can be kept here: browsers give such storage to pages over https or on this machine only.'
  const able = 'storage' in navigator && 'getDirectory' in navigator.storage && 'FileSystemFileHandle' in globalThis
  if (!able || !('createWritable' in FileSystemFileHandle.prototype))
    return 'Nothing can be kept here: this browser is too old for it. A newer one can.'
  return null
}

export function opfsStore(): KeptStore {
  const open = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true })
  return {
    async get(key) {
      try {
        const file = await (await (await open()).getFileHandle(key)).getFile()
        return await file.arrayBuffer()
      } catch {
        // Not there, or forbidden: the files are read.
        return null
      }
    },
    async put(key, parts) {
      const folder = await open()
      const handle = await folder.getFileHandle(key, { create: true })
      try {
        const writable = await handle.createWritable()
        try {
          for (const part of parts) await writable.write(part)
        } catch (thrown) {
          await writable.abort().catch(() => {})
          throw thrown
        }
        await writable.close()
      } catch (thrown) {
        await folder.removeEntry(key).catch(() => {})
        throw thrown
      }
      await prune(folder)
    },
    async bytes() {
      return (await filesOf(await open())).reduce((sum, { size }) => sum + size, 0)
    },
    async clear() {
      await (await navigator.storage.getDirectory()).removeEntry(FOLDER, { recursive: true }).catch((thrown) => {
        // What was never there is gone already.
        if (!(thrown instanceof DOMException && thrown.name === 'NotFoundError')) throw thrown
      })
    },
  }
}

async function prune(folder: FileSystemDirectoryHandle): Promise<void> {
  const files = (await filesOf(folder)).sort((a, b) => b.lastModified - a.lastModified)
  for (const { name } of files.slice(MOST)) await folder.removeEntry(name).catch(() => {})
}

async function filesOf(folder: FileSystemDirectoryHandle): Promise<File[]> {
  const files: File[] = []
  for await (const handle of folder.values()) if (handle.kind === 'file') files.push(await handle.getFile())
  return files
}
