import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { parsePartition } from '../../shared/datasets/partition-spec.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { type JobConfig, type JobConfigInput, parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsJob, mnistJob } from '../../shared/jobs/templates.ts'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import { isOver } from '../../shared/protocol/participant.ts'
import { createLog } from '../logging/log.ts'
import { type Coordinator, startCoordinator } from '../main.ts'
import { progressOf } from './demo-progress.ts'
import { type DemoReport, reportOf, tableOf } from './demo-report.ts'
import { logLevelOption, wholeNumber } from './options.ts'
import { clientFolder } from './paths.ts'
import { ProgressBar } from './progress-bar.ts'
import { openTabs, type Tabs } from './tabs.ts'

/** Tabs share the processor while they load. */
const JOIN_MS = 60_000
const JOIN_MS_PER_TAB = 6_000
const EVALUATION_MS = 60_000
const LOOK_MS = 250
/** As many as the board remembers, so that the table is whole. */
const MAX_ROUNDS = 150
/** Without any tab for this long, nobody will train any more. */
const ALONE_MS = 30_000
/** Handwritings set aside for each seed. Neighbours in number are spread in style: see shared/datasets. */
const WRITERS = 64

interface DemoFlags {
  readonly clients: number
  readonly rounds: number
  readonly backend: string
  readonly data: 'synthetic-digits' | 'mnist'
  readonly partition: string
  readonly seed: number
  readonly port: number
  readonly keep?: boolean
  readonly json?: boolean
  readonly logLevel: string
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('see it work: a coordinator and headless tabs that train one model together')
    .option('--clients <number>', 'how many tabs', wholeNumber(1, 64), 4)
    .option('--rounds <number>', 'how many rounds', wholeNumber(1, MAX_ROUNDS), 10)
    .addOption(
      new Option('--backend <name>', 'what the tabs compute on')
        .choices(['auto', 'webgpu', 'wasm', 'webgl', 'cpu'])
        .default('auto'),
    )
    .addOption(
      new Option('--data <name>', 'what they train on; mnist: the real files in $TRIBUTARY_DATA/mnist')
        .choices(['synthetic-digits', 'mnist'])
        .default('synthetic-digits'),
    )
    .option(
      '--partition <how>',
      'how mnist is divided: iid, linear, dirichlet:ALPHA, pathological:CLASSES or shards:N',
      'iid',
    )
    .option('--seed <number>', 'the seed of everything random', wholeNumber(0, 0xffff_ffff), 1)
    .option('--port <number>', 'the coordinator’s port; 0: any that is free', wholeNumber(0, 65_535), 0)
    .option('--keep', 'leave coordinator, dashboard and tabs up afterwards')
    .option('--json', 'print the outcome as one JSON object on the last line')
    .addOption(logLevelOption('error'))
    .action(runDemo)
}

async function runDemo(flags: DemoFlags): Promise<void> {
  const began = Date.now()
  const job = demoJob(flags)
  const storeFolder = await mkdtemp(join(tmpdir(), 'tributary-demo-'))
  let coordinator: Coordinator | null = null
  let tabs: Tabs | null = null
  const cleanUp = async () => {
    await tabs?.close().catch(() => {})
    await coordinator?.close().catch(() => {})
    await rm(storeFolder, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
  }
  let committed = false
  try {
    coordinator = await startCoordinator({
      host: '127.0.0.1',
      port: flags.port,
      publicHost: 'localhost',
      tls: null,
      storeFolder,
      job,
      dataFolder: process.env.TRIBUTARY_DATA,
      clientFolder: clientFolder(),
      log: createLog(flags.logLevel),
    })
    process.stderr.write(`Dashboard: ${coordinator.dashboardUrl}\nOpening ${flags.clients} tabs …\n`)
    tabs = await openTabs(tabUrls(coordinator.url, flags))
    await everybodyJoined(coordinator, tabs, flags.clients)
    await coordinator.runner.command({ type: 'start' })
    await jobEnded(coordinator, tabs)
    const report = reportOf(coordinator.runner.snapshot(), dataName(flags), flags.clients, Date.now() - began)
    committed = coordinator.runner.snapshot().job.round === flags.rounds
    print(report, flags.json === true)
    if (!committed)
      process.stderr.write(
        `Only ${coordinator.runner.snapshot().job.round} of ${flags.rounds} rounds were committed: ${coordinator.runner.snapshot().job.reason}\n`,
      )
    if (flags.keep) return keepUp(coordinator)
  } catch (thrown) {
    await cleanUp()
    throw thrown
  }
  await cleanUp()
  process.exit(committed ? 0 : 1)
}

function demoJob(flags: DemoFlags): JobConfig {
  const base: JobConfigInput = flags.data === 'mnist' ? mnistJob : digitsJob
  parsePartition(flags.partition)
  const demoData = { source: flags.data, partition: flags.partition, partitions: flags.clients }
  return parseJobConfig(
    { ...base, rounds: flags.rounds, seed: flags.seed, autoStart: false, demoData },
    'The demo’s job',
  )
}

function tabUrls(url: string, { clients, data, backend, seed }: DemoFlags): string[] {
  return Array.from({ length: clients }, (_, i) => {
    const query = new URLSearchParams({ auto: '1', backend })
    if (data === 'mnist') {
      query.set('data', 'partition')
      query.set('part', String(i + 1))
    } else {
      query.set('data', data)
      query.set('writer', String(WRITERS * (1 + (seed % 1000)) + i))
    }
    return `${url}/?${query}`
  })
}

async function everybodyJoined({ runner }: Coordinator, tabs: Tabs, clients: number): Promise<void> {
  const patience = JOIN_MS + clients * JOIN_MS_PER_TAB
  const deadline = Date.now() + patience
  while (present(runner.snapshot()) < clients) {
    const problems = await tabs.problems()
    if (problems.length > 0) throw new TributaryError('training/failed', `A tab cannot join: ${problems.join(' ')}`)
    if (Date.now() > deadline) {
      throw new TributaryError(
        'training/failed',
        `Only ${present(runner.snapshot())} of ${clients} tabs had joined after ${patience / 1000} s. Try fewer with --clients.`,
      )
    }
    await pause(LOOK_MS)
  }
}

function present({ clients }: DashboardSnapshot): number {
  return clients.filter((client) => client.state !== 'gone').length
}

async function jobEnded({ runner }: Coordinator, tabs: Tabs): Promise<void> {
  const bar = new ProgressBar()
  let lastSeen = Date.now()
  const ended = () => isOver(runner.snapshot().job.state)
  while (!ended()) {
    const board = runner.snapshot()
    bar.show(progressOf(board))
    if (present(board) > 0) lastSeen = Date.now()
    if (Date.now() - lastSeen > ALONE_MS) {
      const problems = await tabs.problems()
      throw new TributaryError('training/failed', `All tabs are gone before the job has ended. ${problems.join(' ')}`)
    }
    await pause(LOOK_MS)
  }
  // The last version's test may still be under way.
  const deadline = Date.now() + EVALUATION_MS
  while (runner.snapshot().versions.some((v) => !v.test) && Date.now() < deadline) await pause(LOOK_MS)
  bar.show(progressOf(runner.snapshot()))
  bar.end()
}

function dataName({ data, partition }: DemoFlags): string {
  return data === 'mnist' ? `mnist ${partition}` : data
}

function print(report: DemoReport, json: boolean): void {
  const table = `\n${tableOf(report)}\n`
  if (json) process.stderr.write(table)
  else process.stdout.write(table)
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`)
}

function keepUp({ dashboardUrl }: Coordinator): void {
  process.stderr.write(`\nThe dashboard stays up: ${dashboardUrl}\nCtrl-C ends it.\n`)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
