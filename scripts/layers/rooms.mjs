// Who may import whom: DESIGN.md's table of rooms, as data. A room is a folder two levels deep (`shared/tensors`),
// or a file that lies directly in shared/, server/ or client/ (`server/main.ts`).

/** What every room of shared/ may build on. */
export const FOUNDATION = ['shared/errors', 'shared/random', 'shared/clock']

/** The shared vocabulary: anybody in shared/ may name its types, though not call it. */
export const VOCABULARY = 'shared/protocol'

/** The rooms of shared/, each with the other rooms it may import on top of the foundation; '*' for any of shared/. */
export const SHARED = {
  'shared/errors': [],
  'shared/random': [],
  'shared/clock': [],
  'shared/platform.d.ts': [],
  'shared/protocol': '*',
  'shared/tensors': [],
  'shared/updates': ['shared/tensors'],
  'shared/jobs': ['shared/tensors', 'shared/datasets', 'shared/protocol'],
  'shared/models': '*',
  'shared/datasets': [],
  'shared/rounds': '*',
  'shared/aggregation': '*',
}

/** The rooms of client/, each with the other rooms of client/ whose code it may import; types may come from any. */
export const CLIENT = {
  'client/sdk': [],
  'client/api': ['client/sdk'],
  'client/training': ['client/data'],
  'client/data': [],
  'client/ui': [],
  'client/participant': ['client/sdk', 'client/training', 'client/data', 'client/ui'],
  'client/dashboard': ['client/ui'],
}

/** Composition roots: they wire the other rooms of server/ together and may import anything but client/. */
export const SERVER_ROOTS = ['server/main.ts', 'server/cli']

/** Small rooms of server/ that every other may call. Between all the rest only types are imported. */
export const SERVER_COMMON = ['server/access', 'server/logging']

/** The simulator is a composition root of its own: it imports any room of any side, but for those that are pages. */
export const PAGES = ['client/participant', 'client/dashboard', 'client/ui']

/**
 * Who may import a package. In shared/, client/ and simulator/ a package that is missing here is forbidden; in server/ it is free.
 * Node's own modules are free in server/ (but for `fs`) and forbidden in shared/ and client/.
 */
export const PACKAGES = {
  zod: ['shared/protocol', 'shared/jobs', 'server/http'],
  '@tensorflow/*': ['shared/models', 'client/training', 'client/api', 'server/evaluation'],
  express: ['server/http'],
  compression: ['server/http'],
  helmet: ['server/http'],
  'socket.io': ['server/gateway'],
  '@libsql/client': ['server/storage'],
  playwright: ['server/cli'],
  commander: ['server/cli', 'simulator'],
  pino: ['server/logging'],
  'socket.io-client': ['client/sdk', 'client/dashboard'],
  '@noble/hashes': ['client/sdk', 'client/participant'],
  'idb-keyval': ['client/sdk', 'client/participant'],
  '@zip.js/zip.js': ['client/data'],
  papaparse: ['client/data'],
  hyparquet: ['client/data'],
  'hyparquet-compressors': ['client/data'],
  npyjs: ['client/data'],
  comlink: ['client/participant', 'client/training'],
  preact: ['client/participant', 'client/dashboard', 'client/ui'],
  '@preact/signals': ['client/participant', 'client/dashboard', 'client/ui'],
  uplot: ['client/participant', 'client/dashboard', 'client/ui'],
  qrcode: ['client/dashboard', 'server/cli', 'server/http'],
}

/** Rooms that may read and write files. server/data reads data sets, server/storage keeps what must last. */
export const FILES = ['server/storage', 'server/data', 'server/cli', 'server/main.ts']

/** Folders that are read. Those outside shared/, server/ and client/ may import anything. */
export const FOLDERS = ['shared', 'server', 'client', 'simulator', 'e2e', 'bench', 'examples']
