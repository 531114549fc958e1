// Reads every import of the sources with dependency-cruiser.
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import { FOLDERS } from './rooms.mjs'

/** All edges, as `judge` takes them, and the TypeScript files that were read. */
export async function readImports(root) {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)))
  const { output } = await cruise(
    folders,
    {
      baseDir: root,
      // Types count as imports too: a room must not lean on another even in its types.
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      // Scripts of plain pages: what they import lies in the project that they are installed in.
      exclude: { path: '^examples/.*[.]js$' },
    },
    { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  )
  const isOurs = (module) => module.followable !== false && FOLDERS.includes(module.source.split('/')[0])
  const modules = output.modules.filter((module) => isOurs(module) && !module.couldNotResolve)
  const development = developmentPackages(root)
  return {
    files: modules.map((module) => module.source).filter((file) => /\.tsx?$/.test(file)),
    edges: modules.flatMap((module) => module.dependencies.map((dependency) => edge(module, dependency, development))),
  }
}

function edge(module, dependency, development) {
  const { dependencyTypes: types, resolved, module: specifier } = dependency
  const isRelative = /^\.{0,2}\//.test(specifier)
  const isPackage = !isRelative && (resolved.includes('node_modules/') || dependency.couldNotResolve)
  const kind = dependency.coreModule
    ? 'builtin'
    : isPackage
      ? 'package'
      : dependency.couldNotResolve
        ? 'missing'
        : 'file'
  return {
    from: module.source,
    to: kind === 'file' ? resolved : specifier,
    kind,
    typeOnly: types.includes('type-only') || types.includes('type-import'),
    development: development.has(specifier),
  }
}

function developmentPackages(root) {
  if (!existsSync(join(root, 'package.json'))) return new Set()
  return new Set(Object.keys(createRequire(join(root, 'package.json'))('./package.json').devDependencies ?? {}))
}

/** The TypeScript files that lie in the folders: what `readImports` must have read. */
export function sourceFiles(root) {
  return FOLDERS.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(root.length + 1)
          .replaceAll('\\', '/'),
      ),
  )
}
