// The package.json of what is published: the project's own, without the coordinator and what it needs.

/** What the Client API imports, and the readers. */
const DEPENDENCIES = [
  '@noble/hashes',
  '@zip.js/zip.js',
  'hyparquet',
  'hyparquet-compressors',
  'idb-keyval',
  'npyjs',
  'papaparse',
  'socket.io-client',
  'zod',
]
/** The program's own, of which there may be only one. */
const PEERS = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers']

/** @param {{ name: string, version: string, license: string, engines: object, dependencies: Record<string, string> }} root */
export function packageJson({ name, version, license, engines, dependencies }) {
  const versionOf = (dependency) => {
    const found = dependencies[dependency]
    if (!found) throw new Error(`${dependency} is not among the project's dependencies.`)
    return found
  }
  const esm = (path) => ({ types: `./esm/client/${path}/index.d.ts`, default: `./esm/client/${path}/index.js` })
  return {
    name,
    version,
    description:
      'Client API of Tributary: a training loop in a page, a Worker or Node takes part in federated learning.',
    license,
    type: 'module',
    sideEffects: ['./esm/shared/models/**'],
    engines,
    exports: {
      './client': esm('api'),
      './data': esm('data'),
      './browser': { types: './esm/client/api/index.d.ts', default: './browser/tributary-client.js' },
      './package.json': './package.json',
    },
    files: ['esm', 'browser', 'README.md', 'CHANGELOG.md', 'LICENSE'],
    dependencies: Object.fromEntries(DEPENDENCIES.map((dependency) => [dependency, versionOf(dependency)])),
    peerDependencies: Object.fromEntries(PEERS.map((peer) => [peer, `^${versionOf(peer)}`])),
  }
}
