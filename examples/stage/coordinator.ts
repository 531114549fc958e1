/** A coordinator of an example's own, with a store that goes with it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseOrigins } from '../../server/access/origins.ts'
import { clientFolder } from '../../server/cli/paths.ts'
import { createLog } from '../../server/logging/log.ts'
import { startCoordinator } from '../../server/main.ts'
import { type JobConfig, parseJobConfig } from '../../shared/jobs/config.ts'
import type { DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import { isOver } from '../../shared/protocol/participant.ts'

export interface Running {
  readonly url: string
  readonly dashboardUrl: string
  board(): DashboardSnapshot
  /** Resolves when the job is over and its last version has what scores it gets. */
  over(): Promise<DashboardSnapshot>
}

/** The job in a file beside the example; `changes` are fields that take the place of its own. */
export async function jobOf(file: URL, changes: object = {}): Promise<JobConfig> {
  const given = JSON.parse(await readFile(file, 'utf8')) as object
  return parseJobConfig({ ...given, ...changes }, file.pathname)
}

export async function withCoordinator<T>(
  job: JobConfig,
  work: (running: Running) => Promise<T>,
  allowedOrigins: readonly string[] = [],
): Promise<T> {
  const storeFolder = await mkdtemp(join(tmpdir(), 'tributary-example-'))
  const coordinator = await startCoordinator({
    host: '127.0.0.1',
    port: 0,
    publicHost: 'localhost',
    tls: null,
    storeFolder,
    job,
    dataFolder: process.env.TRIBUTARY_DATA,
    clientFolder: clientFolder(),
    log: createLog('error'),
    allowedOrigins: parseOrigins(allowedOrigins),
  })
  const { url, dashboardUrl, runner } = coordinator
  const board = () => runner.snapshot()
  const over = () =>
    new Promise<DashboardSnapshot>((resolve) => {
      const look = () => isOver(board().job.state) && resolve(board())
      runner.board.subscribe(look)
      look()
    })
  try {
    return await work({ url, dashboardUrl, board, over })
  } finally {
    await coordinator.close()
    await rm(storeFolder, { recursive: true, force: true })
  }
}
