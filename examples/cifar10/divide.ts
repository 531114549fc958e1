/** Pictures, or files of CIFAR-10's binary version, dealt out among tabs as among people. */
import { cp, link, mkdir, readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { TributaryError } from '../../shared/errors/error.ts'

/** What one tab chooses: files one by one, or a folder. */
export type Choice = { readonly files: readonly string[] } | { readonly folder: string }

/** `from`: a folder; `to`: where the tabs' folders are made. Throws 'data/…' where there is not enough for all. */
export async function divide(from: string, to: string, tabs: number): Promise<Choice[]> {
  if (!(await stat(from).catch(() => null))?.isDirectory())
    throw new TributaryError('data/missing', `${from} is no folder. ${WHAT}`)
  const entries = await readdir(from, { recursive: true, withFileTypes: true })
  const all = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  // The published test set is left alone: versions are scored on what each tab holds back.
  const batches = all.filter((path) => /\.bin(\.gz)?$/.test(path) && !/^test/.test(basename(path))).sort()
  if (batches.length > 0) return dealt(batches, tabs).map((files) => ({ files }))
  const pictures = all.filter((path) => /\.(png|jpe?g|webp|gif|bmp|avif)$/i.test(path)).sort()
  return Promise.all(
    dealt(pictures, tabs).map(async (own, tab) => {
      const folder = join(to, `tab-${tab + 1}`)
      for (const path of own) {
        const target = join(folder, relative(from, path))
        await mkdir(join(target, '..'), { recursive: true })
        await link(path, target).catch(() => cp(path, target))
      }
      return { folder }
    }),
  )
}

export const WHAT =
  'Give a folder with data_batch_1.bin and the others of CIFAR-10’s binary version (https://www.cs.toronto.edu/~kriz/cifar.html), or a folder of pictures in folders named airplane, automobile and so on.'

function dealt(files: readonly string[], tabs: number): string[][] {
  if (files.length < tabs)
    throw new TributaryError('data/empty', `There are ${files.length} files for ${tabs} tabs. ${WHAT}`)
  return Array.from({ length: tabs }, (_, tab) => files.filter((_file, i) => i % tabs === tab))
}
