/** For integration tests: a real coordinator on a port of its own, and real clients of the sdk in this process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, beforeAll } from 'vitest'
import '@tensorflow/tfjs-backend-wasm'
import { noCache } from '../client/sdk/blob-cache.ts'
import type { SessionEvent, TaskPerformer } from '../client/sdk/events.ts'
import { Session } from '../client/sdk/session.ts'
import { socketWire } from '../client/sdk/socket-wire.ts'
import { Engine } from '../client/training/engine.ts'
import { type ImageDataset, subset } from '../shared/datasets/dataset.ts'
import { syntheticDigits } from '../shared/datasets/synthetic-digits.ts'
import { type JobConfigInput, parseJobConfig } from '../shared/jobs/config.ts'
import { mlp } from '../shared/jobs/models.ts'
import { digitsJob } from '../shared/jobs/templates.ts'
import type { Capabilities } from '../shared/protocol/participant.ts'
import { FlatParams } from '../shared/tensors/flat.ts'
import type { NamedTensors } from '../shared/tensors/named.ts'
import { clientFolder } from './cli/paths.ts'
import { createLog } from './logging/log.ts'
import { type Coordinator, startCoordinator } from './main.ts'

export const CAPABILITIES: Capabilities = { backend: 'wasm', adapter: 'node', hardware: true }

/** A small model, so that a round takes milliseconds. */
export const SMALL_JOB: JobConfigInput = {
  ...digitsJob,
  model: { topology: { ...mlp(784, [16], 10) } },
  demoData: { source: 'none' },
  validationSplit: 0,
  graceSeconds: 1,
}

/** What a test has opened; closed after it, last first. */
const closers: (() => Promise<unknown>)[] = []

export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close)
}

beforeAll(useWasm)
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tributary-test-'))
  closeLater(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A coordinator that ends with the test, on a store of its own where none is given. */
export async function start(
  job: JobConfigInput | null,
  storeFolder?: string,
  weights: NamedTensors | null = null,
): Promise<Coordinator> {
  const coordinator = await testCoordinator(job, storeFolder ?? (await temporaryFolder()), 0, weights)
  closeLater(() => coordinator.close())
  return coordinator
}

/** A client that leaves with the test. */
export function enter(coordinator: Coordinator, performer: TaskPerformer, examples: number): TestClient {
  const client = joinWith(coordinator.url, performer, examples)
  closeLater(() => client.session.leave())
  return client
}

export async function testCoordinator(
  job: JobConfigInput | null,
  storeFolder: string,
  port = 0,
  weights: NamedTensors | null = null,
): Promise<Coordinator> {
  return startCoordinator({
    host: '127.0.0.1',
    port,
    publicHost: '127.0.0.1',
    tls: null,
    storeFolder,
    job: job && parseJobConfig(job, 'The test’s job'),
    weights,
    dataFolder: undefined,
    clientFolder: clientFolder(),
    log: createLog('silent'),
  })
}

/** `count` digits of one writer. */
export function digits(writer: number, count: number): ImageDataset {
  return syntheticDigits({ seed: 1, writer, count })
}

async function useWasm(): Promise<void> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  await tf.setBackend('wasm')
  await tf.ready()
}

/** Trains with the engine that tabs use. */
export function enginePerformer(train: ImageDataset, validation: ImageDataset = subset(train, [])): TaskPerformer {
  const engine = new Engine()
  return {
    perform({ kind, round, settings }, { manifest, topology, params, base }, signal, onProgress) {
      const model = { key: manifest.topology, topology, params, base }
      return engine.perform({ kind, round, model, settings, train, validation }, signal, onProgress)
    },
  }
}

export interface TestClient {
  readonly session: Session
  readonly events: SessionEvent[]
  /** Resolves with the first event, past or to come, that passes. */
  until(passes: (event: SessionEvent) => boolean): Promise<SessionEvent>
}

export function joinWith(url: string, performer: TaskPerformer, examples: number): TestClient {
  const events: SessionEvent[] = []
  const waiters: { passes: (event: SessionEvent) => boolean; resolve: (event: SessionEvent) => void }[] = []
  const session = new Session({
    url,
    wire: socketWire(url),
    cache: noCache,
    capabilities: CAPABILITIES,
    dataset: { source: 'synthetic-digits', train: examples, validation: 0 },
    performer,
    onEvent: (event) => {
      events.push(event)
      for (const waiter of waiters) if (waiter.passes(event)) waiter.resolve(event)
    },
  })
  return {
    session,
    events,
    until: (passes) =>
      new Promise((resolve) => {
        const past = events.find(passes)
        if (past) resolve(past)
        else waiters.push({ passes, resolve })
      }),
  }
}

/** Resolves when the coordinator's job satisfies `passes`; the board tells of every change. */
export function jobReaches(
  { runner }: Coordinator,
  passes: (board: ReturnType<Coordinator['runner']['snapshot']>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => passes(runner.snapshot()) && resolve()
    runner.board.subscribe(look)
    look()
  })
}

/** The parameters of a committed version, as anybody with a key downloads them. */
export async function downloadParams({ url, adminToken, runner }: Coordinator, version?: number): Promise<FlatParams> {
  const { versions } = runner.snapshot()
  const row = version === undefined ? versions.at(-1) : versions.find((v) => v.version === version)
  const response = await fetch(`${url}/api/models/${row?.digest}/weights.bin`, {
    headers: { Authorization: `Bearer ${adminToken}` },
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return FlatParams.concat([new Float32Array(await response.arrayBuffer())])
}

export function largestDifference(a: FlatParams, b: FlatParams): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY
  a.tiles.forEach((tile, t) => {
    const other = b.tiles[t]
    for (let i = 0; i < tile.length; i++) largest = Math.max(largest, Math.abs((tile[i] ?? 0) - (other?.[i] ?? 0)))
  })
  return largest
}
