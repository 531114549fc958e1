/** The composition root: the one place that knows all rooms and puts them together. */
import { existsSync } from 'node:fs'
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../shared/clock/clock.ts'
import { systemClock } from '../shared/clock/clock.ts'
import { errorInfo, TributaryError } from '../shared/errors/error.ts'
import { type JobConfig, parseJobConfig } from '../shared/jobs/config.ts'
import { digitsJob } from '../shared/jobs/templates.ts'
import { loadSecrets } from './access/tokens.ts'
import { loadDemoData } from './data/demo-data.ts'
import { ThreadModelService } from './evaluation/service.ts'
import { Gateway } from './gateway/gateway.ts'
import { openSockets } from './gateway/socket-io.ts'
import { createApp } from './http/app.ts'
import { type Certificate, makeCertificate } from './http/certificate.ts'
import { VersionFiles } from './jobs/model-files.ts'
import { JobRunner } from './jobs/runner.ts'
import { VersionStore } from './jobs/versions.ts'
import type { Log } from './logging/log.ts'
import { openStore } from './storage/open.ts'
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
  /** Where real data sets lie. */
  readonly dataFolder: string | undefined
  readonly clientFolder: string
  readonly log: Log
  readonly clock?: Clock
  readonly maxBytesInFlight?: number
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
const MAX_BYTES_IN_FLIGHT = 512 * 1024 * 1024

/** Starts a coordinator; resolves when it can be reached. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { log, clock = systemClock } = options
  if (!existsSync(join(options.clientFolder, 'index.html'))) {
    throw new TributaryError(
      'internal',
      `The pages are not built: ${options.clientFolder} has no index.html. Run npm run build.`,
    )
  }
  const { records, blobs } = await openStore(options.storeFolder)
  const versions = new VersionStore(blobs)
  const secrets = await loadSecrets(records)
  const stored = await records.latestJob()
  const fallback = parseJobConfig(digitsJob, 'The built-in job')
  const config = options.job ?? (stored ? parseJobConfig(stored.config, 'The job in the store') : fallback)
  const demo = await loadDemoData(config, options.dataFolder)
  const models = new ThreadModelService(demo.test)

  const tls = options.tls && ('make' in options.tls ? await makeCertificate(options.tls.make, records) : options.tls)
  const http = tls ? httpsServer(tls) : createHttpServer()
  const starting = (_request: unknown, response: ServerResponse) => {
    response.writeHead(503, { 'Retry-After': '1', 'Content-Type': 'text/plain' }).end('The coordinator is starting.\n')
  }
  http.on('request', starting)
  const port = await listen(http, options)
  const name = options.publicHost.includes(':') ? `[${options.publicHost}]` : options.publicHost
  const url = `${tls ? 'https' : 'http'}://${name}:${port}`
  http.on('error', (thrown) => log.error({ error: String(thrown) }, 'The server met an error.'))
  const joinUrl = `${url}/`

  const gateway = new Gateway({
    clock,
    log,
    signingKey: secrets.signingKey,
    graceMs: () => config.graceSeconds * 1000,
    maxBytesInFlight: options.maxBytesInFlight ?? MAX_BYTES_IN_FLIGHT,
  })
  const runner = await JobRunner.open(
    {
      rooms: { clock, log, records, versions, models, tasks: gateway },
      joinUrl,
      demo,
      makeWorkflow: (start, rooms) => new FedAvg(start, rooms),
    },
    options.job,
    fallback,
  )
  gateway.listen(runner)

  const desk = {
    jobInfo: () => runner.jobInfo(),
    snapshot: () => runner.snapshot(),
    command: runner.command.bind(runner),
    partition: demo.partition,
  }
  const files = new VersionFiles(blobs, versions)
  const { clientFolder } = options
  http.off('request', starting)
  http.on(
    'request',
    createApp({ secrets, log, desk, files, clientFolder, joinUrl: () => joinUrl, secure: tls !== null }),
  )
  const sockets = openSockets(http, {
    secrets,
    attach: (channel) => gateway.attach(channel),
    dashboard: { snapshot: () => runner.snapshot(), subscribe: (listener) => runner.board.subscribe(listener) },
  })
  log.info({ url, job: runner.jobInfo().id }, 'The coordinator listens.')

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

function httpsServer(tls: Certificate): ReturnType<typeof createHttpsServer> {
  try {
    return createHttpsServer(tls)
  } catch (cause) {
    throw new TributaryError(
      'server/certificate',
      `The certificate and the key cannot be used together: ${errorInfo(cause).message}. Give a PEM certificate and the key that it was made with.`,
      { cause },
    )
  }
}

function listen(server: ReturnType<typeof createHttpServer>, { host, port }: CoordinatorOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'EADDRINUSE') {
        reject(
          new TributaryError(
            'server/port-in-use',
            `Port ${port} is in use by another program. Choose another with --port, e.g. --port ${port + 1}.`,
          ),
        )
      } else if (thrown.code === 'EACCES') {
        reject(
          new TributaryError(
            'server/option',
            `Port ${port} needs rights that this user does not have. Choose one above 1023 with --port.`,
          ),
        )
      } else {
        reject(
          new TributaryError(
            'server/option',
            `The coordinator cannot listen on ${host}:${port}: ${thrown.message}. Check --host and --port.`,
          ),
        )
      }
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}
