// Where things lie in the repository, and how to find the tools that node_modules holds.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's top folder, without a slash at the end. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const inRoot = (...parts) => join(ROOT, ...parts)

/** The JavaScript file behind an installed tool: started as `node FILE`, it needs no shell and works on Windows. */
export const tool = (packageName, file) => inRoot('node_modules', packageName, file)
