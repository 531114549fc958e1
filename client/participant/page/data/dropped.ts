/** What was chosen or dropped, as files with their folders. */
import type { ChosenFile } from '../../view.ts'

/** Of a file input; of a folder, the paths begin with its name. */
export function chosenOf(list: FileList | null): ChosenFile[] {
  return [...(list ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }))
}

/** Folders are walked through. Must be called in the event itself: the list is empty later. */
export async function droppedOf(transfer: DataTransfer | null): Promise<ChosenFile[]> {
  const entries = [...(transfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  if (entries.length === 0) return chosenOf(transfer?.files ?? null)
  return (await Promise.all(entries.map(within))).flat()
}

async function within(entry: FileSystemEntry): Promise<ChosenFile[]> {
  const path = entry.fullPath.replace(/^\//, '')
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ file, path }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const files: ChosenFile[] = []
  for (;;) {
    // Some at a time, until there are none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return files
    for (const one of some) for (const file of await within(one)) files.push(file)
  }
}
