/** Files on this machine, as a participant would choose them on the page. */
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { isClutter } from '../../client/data/files/archive.ts'
import { nameOf, type SourceFile } from '../../client/data/files/source-file.ts'
import { isPicture } from '../../client/data/images/pictures.ts'
import { readFiles } from '../../client/data/readers/read-files.ts'
import { wordsOf } from '../../client/data/readers/report.ts'
import { Owners } from '../../client/data/tables/owners.ts'
import type { Dataset } from '../../shared/datasets/dataset.ts'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import type { DataSchema } from '../../shared/protocol/data.ts'

export interface FilesRead {
  readonly dataset: Dataset
  /** Whose each example is; null where no column was asked for. */
  readonly owners: Int32Array | null
  /** What was left out or assumed, in sentences. */
  readonly notes: readonly string[]
}

/** A file, or all files of a folder and of the folders in it. Throws 'data/missing', with this advice, or 'data/empty'. */
export async function filesAt(path: string, advice: string): Promise<SourceFile[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TributaryError(
      'data/missing',
      `The data ${path} cannot be read: ${errorInfo(cause).message}. ${advice}`,
      { cause },
    )
  })
  if (!found.isDirectory()) return [fileAt(path, basename(path), found.size)]
  const files: SourceFile[] = []
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name)
    const inside = full.slice(path.length).split(/[/\\]/).filter(Boolean)
    if (!entry.isFile() || inside.some(isClutter)) continue
    files.push(fileAt(full, [basename(path), ...inside].join('/'), (await stat(full)).size))
  }
  if (files.length === 0)
    throw new TributaryError('data/empty', `There are no files in ${path}. Choose another folder.`)
  // In every run the same, whatever order the system lists them in.
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function fileAt(full: string, path: string, size: number): SourceFile {
  return {
    path,
    size,
    stream: () => Readable.toWeb(createReadStream(full)) as ReadableStream<Uint8Array>,
    blob: async () => new Blob([await readFile(full)]),
  }
}

/** Files for tests go by the names that MNIST's have. */
export function isForTests(file: SourceFile): boolean {
  return /^(t10k|test)[-_.]/i.test(nameOf(file))
}

/** Reads files with the readers of the participant's page. `column`: of a table, that names who an example is of. */
export async function readSource(
  files: readonly SourceFile[],
  schema: DataSchema,
  column: string | null,
): Promise<FilesRead> {
  const picture = files.find(isPicture)
  if (picture) {
    throw new TributaryError(
      'data/mismatch',
      `${picture.path} is a picture, which only a browser can decode. Convert the pictures to IDX or NumPy files.`,
    )
  }
  const owners = column === null ? null : new Owners(column)
  const { dataset, report } = await readFiles(files, schema, {
    decode: async () => {
      throw new RangeError('there are no pictures among the files')
    },
    signal: new AbortController().signal,
    onProgress: () => {},
    mapping: {},
    ...(owners && { owners }),
  })
  const taken = owners?.take() ?? null
  if (taken && taken.length !== dataset.count) {
    throw new TributaryError(
      'data/partition',
      `natural-id:${column} needs a table with that column, and these files are none. Choose another partition.`,
    )
  }
  const [first] = report.shown
  const skipped = first ? [`${report.skipped} left out, such as ${wordsOf(first)}.`] : []
  return { dataset, owners: taken, notes: [...skipped, ...report.notes] }
}
