/** Files that were read before need not be read again, where the person wants that. */
import { errorInfo } from '../../../shared/errors/error.ts'
import type { DataSchema } from '../../../shared/protocol/data.ts'
import type { DataChoice } from '../types.ts'
import { packed, type ReadExamples, unpacked } from './format.ts'
import { keyOf } from './key.ts'
import type { KeptStore } from './store.ts'

type Files = Extract<DataChoice, { source: 'files' }>

/** What was kept of these files, or what `read` reads, which is kept then. What cannot be kept is told, and no error. */
export async function keptOrRead(
  choice: Files,
  schema: DataSchema,
  store: KeptStore,
  read: () => Promise<ReadExamples>,
): Promise<ReadExamples> {
  const key = await keyOf(choice.files, schema, choice.mapping)
  const bytes = await store.get(key)
  const before = bytes && unpacked(bytes)
  if (before) return { ...before, report: { ...before.report, kept: { how: 'taken', bytes: bytes.byteLength } } }
  const now = await read()
  const parts = packed(now)
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  try {
    await store.put(key, parts)
    return { ...now, report: { ...now.report, kept: { how: 'written', bytes: size } } }
  } catch (thrown) {
    const why = thrown instanceof Error && thrown.name === 'QuotaExceededError' ? 'full' : errorInfo(thrown).message
    return { ...now, report: { ...now.report, kept: { how: 'failed', bytes: size, why } } }
  }
}
