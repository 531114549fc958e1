// `npm test`: sets up, runs every stage, some beside others, prints what each took and, as the very last line, `N passed, N failed`.
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
  const results = new Map()
  const wanted = names.length > 0 ? names : Object.keys(STAGES)
  const laneOf = (place) => wanted.filter((name) => STAGES[name].place === place)
  for (const lanes of [[laneOf(undefined), laneOf('beside')], [laneOf('alone')]]) {
    const open = lanes.filter((lane) => lane.length > 0)
    await Promise.all(open.map((lane, i) => runLane(lane, i === 0, ready, results)))
  }
  const inOrder = Object.keys(STAGES).flatMap((name) => results.get(name) ?? [])
  process.stdout.write(`\n${table(inOrder)}\n\n${lastLine(inOrder)}\n`)
  return inOrder.some((result) => result.failed > 0) ? 1 : 0
}

/** One stage after the other. What stages beside the first lane say is shown when they have ended. */
async function runLane(names, first, ready, results) {
  for (const name of names) {
    const title = `\n── ${name}: ${STAGES[name].about}\n`
    if (first) process.stdout.write(title)
    const since = performance.now()
    const { text = '', ...counts } = await outcome(() => runStage(STAGES[name], ready, first ? 'inherit' : 'capture'))
    if (!first) process.stdout.write(title + text)
    if (counts.problem) say(counts.problem)
    results.set(name, { name, ...counts, ms: performance.now() - since })
  }
}

async function runStage(stage, ready, output) {
  for (const need of stage.needs ?? []) {
    const problem = await ready[need]()
    if (problem) return failed(problem)
  }
  return stage.run(output)
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
  try {
    return await work()
  } catch (error) {
    return failed(error instanceof Error ? error.stack : String(error))
  }
}
