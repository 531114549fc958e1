// `npm test`: sets up, runs every stage, prints what each took and, as the very last line, `N passed, N failed`.
// A stage that fails does not stop the next ones. `npm test -- unit e2e` runs only the stages that are named.
import { ensureBrowser } from '../setup/browser.mjs'
import { ensureBuilds } from '../setup/build.mjs'
import { ensureDependencies } from '../setup/dependencies.mjs'
import { SetupError, say } from '../setup/terminal.mjs'
import { failed } from './counts.mjs'
import { lastLine, table } from './report.mjs'
import { STAGES } from './stages.mjs'

/** @param {string[]} names stages to run; none for all. @returns {Promise<number>} the exit status */
export async function runTests(names = []) {
  const unknown = names.find((name) => !(name in STAGES))
  if (unknown)
    throw new SetupError(`There is no test stage ${unknown}: it is one of ${Object.keys(STAGES).join(', ')}.`)
  await ensureDependencies()

  const ready = preparations()
  const results = []
  for (const name of names.length > 0 ? names : Object.keys(STAGES)) {
    const stage = STAGES[name]
    process.stdout.write(`\n── ${name}: ${stage.about}\n`)
    const since = performance.now()
    const counts = await outcome(() => runStage(stage, ready))
    results.push({ name, ...counts, ms: performance.now() - since })
  }
  process.stdout.write(`\n${table(results)}\n\n${lastLine(results)}\n`)
  return results.some((result) => result.failed > 0) ? 1 : 0
}

async function runStage(stage, ready) {
  for (const need of stage.needs ?? []) {
    const problem = await ready[need]()
    if (problem) return failed(problem)
  }
  return stage.run()
}

/** Builds and a browser are made when the first stage wants them; one that failed is not tried again. */
function preparations() {
  const once = (work) => {
    let attempt
    return () => {
      attempt ??= work().then(
        () => undefined,
        (error) => {
          if (!(error instanceof SetupError)) throw error
          return error.message
        },
      )
      return attempt
    }
  }
  return { build: once(() => ensureBuilds()), browser: once(ensureBrowser) }
}

/** A stage that breaks down is one failed test. */
async function outcome(work) {
  let counts
  try {
    counts = await work()
  } catch (error) {
    counts = failed(error instanceof Error ? error.stack : String(error))
  }
  if (counts.problem) say(counts.problem)
  return counts
}
