/** `tributary simulate`: a whole job on this machine, with many clients and no browser. */
import { statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { type JobFile, readJobFile } from '../server/cli/job-file.ts'
import { logLevelOption, wholeNumber } from '../server/cli/options.ts'
import { ProgressBar } from '../server/cli/progress-bar.ts'
import { PARTITION_FORMS } from '../shared/datasets/partition-spec.ts'
import { errorInfo, TributaryError } from '../shared/errors/error.ts'
import { parseJobConfig } from '../shared/jobs/config.ts'
import { digitsJob, mnistJob } from '../shared/jobs/templates.ts'
import { loadData } from './data/load.ts'
import { csvOf, progressOf, tableOf } from './print.ts'
import { parseSetting, type Setting, withSettings } from './set-option.ts'
import { type Simulated, simulate, type Target } from './simulate.ts'

/** The jobs that come with Tributary, by the names that they have here. */
const BUILT_IN: Readonly<Record<string, unknown>> = { digits: digitsJob, mnist: mnistJob }

/** As a tab of the demo has. */
const EXAMPLES = 600

interface SimulateFlags {
  readonly clients?: number
  readonly threads: number
  readonly data?: string
  readonly testData?: string
  readonly partition?: string
  readonly examples: number
  readonly set?: readonly string[]
  readonly until?: Target
  readonly csv?: string
  readonly out?: string
  readonly json?: boolean
  readonly logLevel: string
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run a whole job on this machine, with many clients and no browser')
    .argument('<job>', 'a job file, or a job that comes with Tributary: digits or mnist')
    .option(
      '-n, --clients <number>',
      'how many clients (default: 10, or as many as natural-id finds)',
      wholeNumber(1, 100_000),
    )
    .option('-t, --threads <number>', 'threads that train', wholeNumber(1, 256), availableParallelism())
    .option(
      '--data <what>',
      'synthetic-digits, mnist (the files in $TRIBUTARY_DATA/mnist), or the path of a file or a folder (default: what the job’s demoData names)',
    )
    .option('--test-data <path>', 'what versions are tested on; needed where it does not come with the data')
    .option(
      '--partition <how>',
      `how the data are divided: ${PARTITION_FORMS} (default: a writer each of synthetic-digits, otherwise iid)`,
    )
    .option(
      '--examples <number>',
      'of synthetic-digits, how many each writer has written',
      wholeNumber(1, 1_000_000),
      EXAMPLES,
    )
    .option(
      '--set <key=value>',
      'a field of the job, such as optimizer.learningRate=0.1; may be given again',
      collect,
      [],
    )
    .option(
      '--until <metric=value>',
      'stop at the first version whose test reaches this, such as accuracy=0.97',
      target,
    )
    .option('--csv <file>', 'write a row for each round')
    .option('--out <file>', 'write the final model as safetensors')
    .option('--json', 'print the outcome as one JSON object on the last line')
    .addOption(logLevelOption('error'))
    .action(runSimulate)
}

async function runSimulate(name: string, flags: SimulateFlags): Promise<void> {
  const { config, weights } = await jobOf(name, (flags.set ?? []).map(parseSetting))
  for (const file of [flags.csv, flags.out]) if (file !== undefined) checkPlace(file)
  const data = await loadData(config, {
    data: flags.data ?? null,
    testData: flags.testData ?? null,
    clients: flags.clients ?? null,
    partition: flags.partition ?? null,
    examples: flags.examples,
    folder: process.env.TRIBUTARY_DATA,
  })
  for (const note of data.notes) process.stderr.write(`${note}\n`)
  const bar = new ProgressBar()
  const signal = firstSignal()
  const simulated = await simulate({
    config,
    weights,
    data,
    threads: flags.threads,
    logLevel: flags.logLevel,
    until: flags.until ?? null,
    signal,
    onProgress: (progress) => bar.show(progressOf(progress)),
  }).finally(() => bar.end())
  write(simulated, flags)
  process.exit(status(simulated, flags, signal))
}

async function jobOf(name: string, settings: readonly Setting[]): Promise<JobFile> {
  const isBuiltIn = Object.hasOwn(BUILT_IN, name)
  const plain = isBuiltIn ? `The built-in job ${name}` : `The job file ${name}`
  const set = settings.map(({ path }) => path.join('.')).join(', ')
  const source = settings.length === 0 ? plain : `${plain}, with ${set} as --set says,`
  const change = (json: unknown) => (settings.length === 0 ? json : withSettings(json, settings))
  if (isBuiltIn) return { config: parseJobConfig(change(BUILT_IN[name]), source), weights: null }
  return readJobFile(name, { change, source })
}

/** Known before the work, not after it. */
function checkPlace(file: string): void {
  try {
    if (statSync(dirname(file)).isDirectory() && !statSync(file, { throwIfNoEntry: false })?.isDirectory()) return
  } catch {
    // Said below.
  }
  throw new TributaryError('server/option', `${file} cannot be written: name a file in a folder that is there.`)
}

function write({ report, model }: Simulated, { csv, out, json }: SimulateFlags): void {
  if (csv !== undefined) writeAt(csv, csvOf(report))
  if (out !== undefined) writeAt(out, model)
  const table = `\n${tableOf(report)}\n`
  if (json) process.stderr.write(table)
  else process.stdout.write(table)
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`)
}

function writeAt(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content)
  } catch (cause) {
    throw new TributaryError('server/option', `${file} cannot be written: ${errorInfo(cause).message}.`, { cause })
  }
}

function status({ report }: Simulated, { until }: SimulateFlags, signal: AbortSignal): number {
  if (signal.aborted) return 130
  if (report.state === 'finished') return 0
  if (report.state === 'stopped' && until) return 0
  process.stderr.write(
    `Only ${report.rounds.length} of ${report.settings.rounds} rounds were committed: ${report.reason}\n`,
  )
  return 1
}

/** The first signal stops the job, whose rounds until then are reported; a second one ends the process at once. */
function firstSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  }
  return controller.signal
}

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

function target(text: string): Target {
  const [, metric, number] = /^([a-z0-9]+)=(.+)$/.exec(text.trim()) ?? []
  const value = Number(number)
  if (metric !== undefined && Number.isFinite(value)) return { metric, value }
  throw new InvalidArgumentError('It must be a metric of the job, an equals sign and a number.')
}
