import { blobStoreContract } from './blobs.contract.ts'
import { MemoryBlobStore, MemoryRecordStore } from './memory.ts'
import { recordStoreContract } from './records.contract.ts'

recordStoreContract('memory', async () => ({ store: new MemoryRecordStore(), reopen: null, clean: async () => {} }))
blobStoreContract('memory', async () => ({ store: new MemoryBlobStore(), clean: async () => {} }))
