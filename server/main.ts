/** The composition root: the one place that knows all rooms and puts them together. */
import { existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Clock } from '../shared/clock/clock.ts'
import { systemClock } from '../shared/clock/clock.ts'
import { TributaryError } from '../shared/errors/error.ts'
import { type JobConfig, parseJobConfig } from '../shared/jobs/config.ts'
import { digitsJob } from '../shared/jobs/templates.ts'
import type { NamedTensors } from '../shared/tensors/named.ts'
import { type AllowedOrigins, NO_ORIGINS } from './access/origins.ts'
import { Tally } from './access/rates.ts'
import { loadSecrets, verifyClientToken } from './access/tokens.ts'
import { projectRelease } from './cli/paths.ts'
import { loadDemoData } from './data/demo-data.ts'
import { ThreadModelService } from './evaluation/service.ts'
import { Conduct, type ConductLimits } from './gateway/conduct.ts'
import type { SocketLimits } from './gateway/doorman.ts'
import { Gateway } from './gateway/gateway.ts'
import { guarded } from './gateway/guarded-channel.ts'
import { openSockets } from './gateway/socket-io.ts'
import { Ingest, type IngestLimits } from './gateway/uploads/ingest.ts'
import { createApp } from './http/app.ts'
import { type Certificate, makeCertificate } from './http/certificate.ts'
import type { RequestLimits } from './http/limits.ts'
import { createServer, listen } from './http/listen.ts'
import { Cards } from './jobs/card/cards.ts'
import { VersionFiles } from './jobs/model-files.ts'
import { Retention } from './jobs/retention.ts'
import { JobRunner } from './jobs/runner.ts'
import { VersionStore } from './jobs/versions.ts'
import type { Log } from './logging/log.ts'
import { openStore, type Store } from './storage/open.ts'
import { FileSpool } from './storage/spool-files.ts'
import { FedAvg } from './workflows/fedavg.ts'

export interface CoordinatorOptions {
  /** The address to listen on. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** The name or address that participants use in links. */
  readonly publicHost: string
  /** null: plain http. 'make': a self-signed certificate for these names. */
  readonly tls: Certificate | { readonly make: readonly string[] } | null
  readonly storeFolder: string
  /** The job asked for; null takes up the store's, or begins the built-in one. */
  readonly job: JobConfig | null
  /** What version 0 of `job` begins with, where its config says that it begins with weights. */
  readonly weights?: NamedTensors | null
  /** Where real data sets lie. */
  readonly dataFolder: string | undefined
  readonly clientFolder: string
  readonly log: Log
  readonly clock?: Clock
  /** How much clients may do; for tests of many clients on one address, and for halls larger than the defaults. */
  readonly limits?: {
    readonly sockets?: Partial<SocketLimits>
    readonly conduct?: Partial<ConductLimits>
    readonly requests?: Partial<RequestLimits>
  }
  /** How many proxies of one's own stand before the coordinator, and append to X-Forwarded-For. */
  readonly trustedProxies?: number
  /** Of other pages that may take part: their sockets are let in, and they may read what participants read. */
  readonly allowedOrigins?: AllowedOrigins
  /** Bounds of the updates under way (rule U2). */
  readonly ingest?: Partial<IngestLimits>
}

export interface Coordinator {
  readonly url: string
  /** The dashboard's address with the admin's key in it. */
  readonly dashboardUrl: string
  readonly adminToken: string
  readonly runner: JobRunner
  close(): Promise<void>
}

/** How long connections may take to end. */
const CLOSE_MS = 3000

/** Starts a coordinator; resolves when it can be reached. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { log } = options
  if (!existsSync(join(options.clientFolder, 'index.html'))) {
    throw new TributaryError(
      'internal',
      `The pages are not built: ${options.clientFolder} has no index.html. Run npm run build.`,
    )
  }
  const store = await openStore(options.storeFolder)
  log.milestone('store-opened', {})
  try {
    return await startOn(store, options)
  } catch (thrown) {
    // Whoever tries again in this process finds the store free.
    await store.records.close()
    throw thrown
  }
}

async function startOn({ records, blobs }: Store, options: CoordinatorOptions): Promise<Coordinator> {
  const { log, clock = systemClock } = options
  const versions = new VersionStore(blobs)
  const retention = new Retention({ records, blobs, versions, log })
  await retention.sweepOrphans()
  const secrets = await loadSecrets(records)
  const stored = await records.latestJob()
  const fallback = parseJobConfig(digitsJob, 'The built-in job')
  const config = options.job ?? (stored ? parseJobConfig(stored.config, 'The job in the store') : fallback)
  const demo = await loadDemoData(config, options.dataFolder)
  const models = new ThreadModelService(demo.test)

  const tls = options.tls && ('make' in options.tls ? await makeCertificate(options.tls.make, records) : options.tls)
  const http = createServer(tls)
  const starting = (_request: unknown, response: ServerResponse) => {
    response.writeHead(503, { 'Retry-After': '1', 'Content-Type': 'text/plain' }).end('The coordinator is starting.\n')
  }
  http.on('request', starting)
  const port = await listen(http, options.host, options.port)
  const name = options.publicHost.includes(':') ? `[${options.publicHost}]` : options.publicHost
  const url = `${tls ? 'https' : 'http'}://${name}:${port}`
  http.on('error', (thrown) => log.error({ error: String(thrown) }, 'The server met an error.'))
  const joinUrl = `${url}/`

  const refusals = new Tally()
  const cutOffs = new Tally()
  const ingest = new Ingest({
    clock,
    spool: await FileSpool.open(join(options.storeFolder, 'spool')),
    ...(options.ingest ? { limits: options.ingest } : {}),
    onError: (thrown) => log.error({ error: String(thrown) }, 'An update could not be kept on disk.'),
  })
  const gateway = new Gateway({
    clock,
    log,
    signingKey: secrets.signingKey,
    graceMs: () => config.graceSeconds * 1000,
    ingest,
  })
  const runner = await JobRunner.open(
    {
      rooms: { clock, log, records, versions, retention, models, tasks: gateway },
      joinUrl,
      demo,
      makeWorkflow: (start, rooms) => new FedAvg(start, rooms),
    },
    options.job,
    fallback,
    options.weights ?? null,
  )
  gateway.listen(runner)

  const desk = {
    jobInfo: () => runner.jobInfo(),
    snapshot: () => runner.snapshot(),
    command: runner.command.bind(runner),
    partition: demo.partition,
  }
  const files = new VersionFiles(blobs, versions)
  const cards = new Cards(records, versions, projectRelease())
  const { clientFolder } = options
  http.off('request', starting)
  const { trustedProxies = 0, allowedOrigins = NO_ORIGINS, limits = {} } = options
  const conduct = new Conduct({ clock, limits: limits.conduct ?? {}, refusals, cutOffs })
  const identify = (token: string) => verifyClientToken(secrets.signingKey, token)
  const vitals = {
    sockets: () => sockets.open,
    sessions: () => gateway.counts(),
    uploads: () => ingest.figures,
    refusals: () => refusals.entries(),
    cutOffs: () => cutOffs.entries(),
  }
  // Before the sockets open: they take their own requests out of what this is given.
  http.on(
    'request',
    createApp({
      secrets,
      log,
      desk,
      files,
      cards,
      clientFolder,
      joinUrl: () => joinUrl,
      secure: tls !== null,
      clock,
      vitals,
      refusals,
      limits: limits.requests,
      trustedProxies,
      allowedOrigins,
    }),
  )
  const sockets = openSockets(http, {
    secrets,
    attach: (channel) => gateway.attach(guarded(channel, { conduct, log, identify })),
    dashboard: { snapshot: () => runner.snapshot(), subscribe: (listener) => runner.board.subscribe(listener) },
    clock,
    log,
    refusals,
    trustedProxies,
    allowedOrigins,
    limits: limits.sockets ?? {},
  })
  log.info({ url, job: runner.jobInfo().id }, 'The coordinator listens.')
  log.milestone('listening', { job: runner.jobInfo().id })

  return {
    url,
    dashboardUrl: `${url}/dashboard?token=${secrets.adminToken}`,
    adminToken: secrets.adminToken,
    runner,
    async close() {
      // Connections end first, so that nothing new begins; then what is under way is brought to its end.
      const closed = sockets.close()
      http.closeAllConnections()
      // A peer that has gone silent does not answer the closing handshake; it is not waited for.
      await Promise.race([closed, new Promise<void>((resolve) => clock.after(CLOSE_MS, resolve))])
      await runner.close()
      await models.close()
      await records.close()
      log.info({}, 'The coordinator has ended.')
    },
  }
}
