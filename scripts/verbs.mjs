// What each npm script does once Node is known to be new enough: set up what it needs, then run it.
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { runLong } from './long/run.mjs'
import { pack } from './pack/pack.mjs'
import { findBrowser } from './setup/browser.mjs'
import { ensureBuilds } from './setup/build.mjs'
import { run } from './setup/child.mjs'
import { setUp } from './setup/index.mjs'
import { inRoot } from './setup/paths.mjs'
import { SetupError, say } from './setup/terminal.mjs'
import { runTests } from './test/run.mjs'

/** Examples whose clients are tabs. */
const BROWSER_EXAMPLES = ['ml-to-fl', 'cifar10']

const VERBS = {
  start: (args) => commandLine(['start', ...args]),
  demo: (args) => commandLine(['demo', ...args]),
  tributary: commandLine,
  test: runTests,
  'test:long': runLong,
  check: () => runTests(['lint', 'types', 'layers']),
  build: async (args) => {
    await setUp()
    await ensureBuilds({ force: args.includes('--force') })
    return 0
  },
  bench,
  pack: () => pack(),
  example,
}

/** Runs a verb to its end; sets the exit status. */
export async function runVerb(verb, args) {
  try {
    const action = VERBS[verb]
    if (!action)
      throw new SetupError(`There is no command ${verb ?? '(none)'}: it is one of ${Object.keys(VERBS).join(', ')}.`)
    process.exitCode = (await action(args)) ?? process.exitCode
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}

/**
 * The `tributary` command, in this very process: signals, stdout and the exit status are then its own, and Ctrl-C
 * reaches it once.
 */
async function commandLine(args) {
  const asksOnly = args.some((arg) => arg === '--help' || arg === '-h')
  await setUp({ build: true, browser: args[0] === 'demo' && !asksOnly })
  const main = inRoot('dist', 'node', 'server', 'cli', 'main.js')
  process.argv = [process.execPath, main, ...args]
  process.setSourceMapsEnabled(true)
  await import(pathToFileURL(main).href)
}

/** Runs one of the examples; without a name lists them. */
async function example(args) {
  await setUp({ build: true, browser: BROWSER_EXAMPLES.includes(args[0]) })
  const browser = findBrowser()
  if (browser) process.env.TRIBUTARY_BROWSER = browser
  return (await run(process.execPath, ['--import', 'tsx', inRoot('examples', 'stage', 'main.ts'), ...args])).code
}

async function bench(args) {
  await setUp({ build: true })
  const main = inRoot('bench', 'main.ts')
  if (!existsSync(main)) throw new SetupError('There are no benchmarks yet: bench/main.ts is missing.')
  const browser = findBrowser()
  if (browser) process.env.TRIBUTARY_BROWSER = browser
  // Memory is compared after a forced collection.
  return (await run(process.execPath, ['--expose-gc', '--import', 'tsx', main, ...args])).code
}
