import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder: the nearest one above this file with the package's package.json. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!isProject(folder)) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('no package.json of tributary-fl above this file')
    folder = parent
  }
  return folder
}

function isProject(folder: string): boolean {
  const path = join(folder, 'package.json')
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).name === 'tributary-fl'
}

/** The package's name and version: "tributary-fl 0.1.0". */
export function projectRelease(): string {
  const { name, version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8'))
  return `${name} ${version}`
}

export const clientFolder = (): string => join(projectFolder(), 'dist', 'client')
