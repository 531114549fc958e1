// The suites of `npm run test:long`. Their files are those that `npm test` runs at reduced counts.

/**
 * @typedef {{ project: string, folder: string, files: RegExp }} Part project: of vitest.config.ts; files: names in folder
 * @type {Record<string, { about: string, parts?: Part[], specs?: string[] }>} specs: of e2e, in a browser, instead of parts
 */
export const SUITES = {
  histories: {
    about: 'random histories of rounds, and of a whole coordinator, against a second book-keeping',
    parts: [{ project: 'unit', folder: 'shared/rounds', files: /\.property\.test\.ts$/ }, faults('histories')],
  },
  crash: {
    about: 'a coordinator killed at any instant: what was committed stays, and nothing counts twice',
    parts: [faults('crash')],
  },
  network: {
    about: 'latency, throttling, resets, silence and partitions between clients and coordinator',
    parts: [faults('network')],
  },
  soak: {
    about: 'hundreds of clients that come and go over hundreds of rounds: nothing leaks',
    parts: [faults('soak')],
  },
  uploads: {
    about: 'large updates through the ingest: memory, waits, event loop',
    parts: [{ project: 'integration', folder: 'server/gateway/uploads', files: /^load\.integration\.test\.ts$/ }],
  },
  large: {
    about: 'updates of 400 MB through a real coordinator: memory, heartbeats, small neighbours',
    parts: [faults('large')],
  },
  training: {
    about: 'every layer, optimizer and a thousand tasks on every backend, in a browser',
    specs: ['gradients', 'numerics', 'replay', 'tasks'],
  },
  papers: {
    about: 'tables of papers, by simulation; needs TRIBUTARY_DATA with mnist',
    parts: [{ project: 'integration', folder: 'simulator', files: /^papers\.integration\.test\.ts$/ }],
  },
  fuzz: { about: 'input that no honest client sends', parts: [faults('fuzz')] },
}

/** NAME.faults.test.ts, and NAME-more.faults.test.ts where one file would be too long. */
function faults(name) {
  const files = new RegExp(`^${name}(-[a-z-]+)?\\.faults\\.test\\.ts$`)
  return { project: 'faults', folder: 'e2e/faults', files }
}
