import type { DataSchema } from '../../../shared/protocol/data.ts'
import type { Mapping } from '../tables/columns.ts'
import type { ChosenFile } from '../types.ts'
import { KEPT_FORMAT } from './format.ts'

/**
 * Stands for what reading these files for this job comes to: a sha256 of the schema, of each file's path, size and time of its last
 * change, and of what was said of its columns. In hexadecimal digits. What training varies is not read.
 */
export async function keyOf(files: readonly ChosenFile[], schema: DataSchema, mapping: Mapping): Promise<string> {
  const { augment: _, ...read } = { augment: [], ...schema }
  const said = Object.entries(mapping).sort(([a], [b]) => (a < b ? -1 : 1))
  const chosen = files.map(({ path, file }) => [path, file.size, file.lastModified])
  const text = JSON.stringify([KEPT_FORMAT, read, said, chosen])
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
