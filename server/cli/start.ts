import { Command } from 'commander'
import QRCode from 'qrcode'
import { TributaryError } from '../../shared/errors/error.ts'
import { parseJobConfig } from '../../shared/jobs/config.ts'
import { mnistJob } from '../../shared/jobs/templates.ts'
import { parseOrigins } from '../access/origins.ts'
import { createLog } from '../logging/log.ts'
import { type Coordinator, type CoordinatorOptions, startCoordinator } from '../main.ts'
import { certificateNames, lanAddresses } from './addresses.ts'
import { readJobFile } from './job-file.ts'
import { logLevelOption, readPem, wholeNumber } from './options.ts'
import { clientFolder } from './paths.ts'

interface StartFlags {
  readonly host: string
  readonly lan?: boolean
  readonly port: number
  readonly store: string
  readonly job?: string
  readonly data?: 'mnist'
  readonly https?: boolean
  readonly cert?: string
  readonly key?: string
  readonly logLevel: string
  readonly clientsPerAddress?: number
  readonly maxInFlight?: number
  readonly trustedProxies: number
  readonly allowOrigin: readonly string[]
}

export function startCommand(): Command {
  return new Command('start')
    .description('run the coordinator: participants join at /, the dashboard is at /dashboard')
    .option('--job <file>', 'run the job in this JSON file instead of the built-in one')
    .option(
      '--data <name>',
      'mnist: run the built-in MNIST job, with the real files in $TRIBUTARY_DATA/mnist',
      onlyMnist,
    )
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--lan', 'listen on all addresses; links and QR code carry this machine’s address in the network')
    .option('--port <number>', 'the port to listen on', wholeNumber(0, 65_535), 8080)
    .option('--store <folder>', 'where versions and records are kept', './.tributary')
    .option('--https', 'speak https, with a certificate made for this machine (browsers ask before they trust it)')
    .option('--cert <file>', 'speak https with this certificate (PEM)')
    .option('--key <file>', 'the certificate’s key (PEM)')
    .option(
      '--clients-per-address <number>',
      'how many participants may come from one address, such as a hall behind one router (default: 2000)',
      wholeNumber(1, 100_000),
    )
    .option(
      '--max-in-flight <megabytes>',
      'bytes of updates that may be on their way at once; past it participants wait for a turn (default: 8192)',
      wholeNumber(1, 1_000_000),
    )
    .option(
      '--trusted-proxies <number>',
      'how many proxies of your own stand before the coordinator',
      wholeNumber(0, 10),
      0,
    )
    .option(
      '--allow-origin <origin...>',
      'pages of other sites that may take part through the Client API, such as https://study.example',
      [],
    )
    .addOption(logLevelOption('warn'))
    .action(async (flags: StartFlags) => {
      const coordinator = await startCoordinator(await coordinatorOptions(flags))
      endOnSignals(coordinator)
      await greet(coordinator, flags.lan === true)
    })
}

async function coordinatorOptions(flags: StartFlags): Promise<CoordinatorOptions> {
  if (flags.job && flags.data) {
    throw new TributaryError(
      'server/option',
      '--job and --data name two jobs. Set demoData in the job file instead of --data.',
    )
  }
  const mnist = flags.data ? parseJobConfig(mnistJob, 'The MNIST job') : null
  const { config: job, weights } = flags.job ? await readJobFile(flags.job) : { config: mnist, weights: null }
  const lan = lanAddresses()[0]
  if (flags.lan && !lan) {
    throw new TributaryError(
      'server/option',
      'This machine has no address in a network. Connect it, or leave --lan away.',
    )
  }
  return {
    host: flags.lan ? '0.0.0.0' : flags.host,
    port: flags.port,
    publicHost: flags.lan && lan ? lan : publicName(flags.host),
    tls: tlsOf(flags),
    storeFolder: flags.store,
    job,
    weights,
    dataFolder: process.env.TRIBUTARY_DATA,
    clientFolder: clientFolder(),
    log: createLog(flags.logLevel),
    trustedProxies: flags.trustedProxies,
    allowedOrigins: parseOrigins(flags.allowOrigin),
    ...(flags.clientsPerAddress ? { limits: limitsFor(flags.clientsPerAddress) } : {}),
    ...(flags.maxInFlight ? { ingest: { maxBytesInFlight: flags.maxInFlight * 1_000_000 } } : {}),
  }
}

/** Limits under which this many participants of one address can join within seconds, and fetch the model together. */
function limitsFor(clients: number): CoordinatorOptions['limits'] {
  const arriving = { perSecond: Math.max(10, clients / 10), burst: 2 * clients }
  return {
    sockets: { total: Math.max(10_000, 2 * clients), perAddress: clients, connects: arriving },
    conduct: { newClients: arriving },
    requests: { place: { perSecond: Math.max(200, 2 * clients), burst: Math.max(4_000, 20 * clients) } },
  }
}

function tlsOf({ https, cert, key }: StartFlags): CoordinatorOptions['tls'] {
  if (cert && key) return { cert: readPem(cert, 'certificate'), key: readPem(key, 'key') }
  if (cert || key) throw new TributaryError('server/certificate', '--cert and --key belong together: give both files.')
  return https ? { make: certificateNames() } : null
}

function publicName(host: string): string {
  return host === '127.0.0.1' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
}

async function greet({ url, dashboardUrl }: Coordinator, lan: boolean): Promise<void> {
  const lines = ['', '  Tributary is running.', '', `  Participants   ${url}/`, `  Dashboard      ${dashboardUrl}`, '']
  process.stdout.write(`${lines.join('\n')}\n`)
  if (!lan) return
  process.stdout.write(`${await QRCode.toString(`${url}/`, { type: 'terminal', small: true })}\n`)
  if (url.startsWith('http:')) {
    process.stdout.write('  Over plain http browsers keep WebGPU back and train on WASM; --https gives them both.\n\n')
  }
}

/** The first signal ends the coordinator cleanly; a second one ends it at once. */
export function endOnSignals(coordinator: Coordinator): void {
  let ending = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending) process.exit(130)
      ending = true
      coordinator.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
}

function onlyMnist(text: string): 'mnist' {
  if (text === 'mnist') return text
  throw new TributaryError('server/option', `--data takes mnist, not ${text}. Without it the built-in digits are used.`)
}
