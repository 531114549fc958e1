/** The training worker: a participant's data and all computing on them. Nothing here opens a socket. */

import { describe, imagesOf } from '../../../shared/datasets/schema.ts'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { Topology } from '../../../shared/jobs/models.ts'
import { sourceOf } from '../../../shared/models/examples.ts'
import { FlatParams } from '../../../shared/tensors/flat.ts'
import { askAboutColumns, loadData } from '../../data/load.ts'
import { previewOf } from '../../data/preview.ts'
import type { ReadProgress } from '../../data/readers/reading.ts'
import type { ParticipantData } from '../../data/types.ts'
import { indexedDbCache } from '../../sdk/blob-cache.ts'
import { downloadModel } from '../../sdk/download.ts'
import { chooseBackend } from '../../training/choose-backend.ts'
import { Engine } from '../../training/engine.ts'
import type { TrialSpec } from '../../training/types.ts'
import { rateMemory } from './rate-memory.ts'
import { expose, transfer } from './rpc.ts'
import type { TrainingApi } from './training-api.ts'

const PROGRESS_MS = 200
const engine = new Engine()
const cache = indexedDbCache(8)
const rates = rateMemory()
let data: ParticipantData | null = null
let loading = new AbortController()
/** What tasks will be of, as it was tried last. */
let tried: TrialSpec | null = null
let running: { taskId: string; controller: AbortController } | null = null
/** Backends are global to tfjs: whatever computes waits for whatever computed before. Predictions slip in between steps. */
let exclusive: Promise<unknown> = Promise.resolve()

function alone<T>(work: () => Promise<T>): Promise<T> {
  const next = exclusive.then(work, work)
  exclusive = next.catch(() => {})
  return next
}

function ownData(): ParticipantData {
  if (data) return data
  throw new TributaryError('data/empty', 'No data have been chosen yet.')
}

const api: TrainingApi = {
  async loadData(choice, demand, onProgress) {
    // Of two choices the later one counts, whichever is read first, and only one is held at a time.
    loading.abort()
    loading = new AbortController()
    const { signal } = loading
    data = null
    let told = 0
    const tell = (progress: ReadProgress) => {
      // Each is a message; nobody reads more than a few in a second.
      if (performance.now() - told < PROGRESS_MS) return
      told = performance.now()
      onProgress(progress)
    }
    const loaded = await loadData(choice, demand, tell, signal)
    if (signal.aborted) throw new TributaryError('training/cancelled', 'Other data were chosen meanwhile.')
    data = loaded
    return previewOf(data, demand.schema)
  },

  askAboutColumns,

  probe({ url, topology, settings, choice }) {
    return alone(async () => {
      const { train } = ownData()
      engine.reset()
      const spec = {
        key: topology,
        topology: await fetchTopology(url, topology),
        settings,
        examples: sourceOf(train),
      }
      const report = await chooseBackend({ spec, choice, memory: rates })
      tried = spec
      return report
    })
  },

  async predict(url, model, pixels, schema) {
    if (schema.kind !== 'images')
      throw new TributaryError('data/mismatch', `This is a picture; the job takes ${describe(schema)}.`)
    const { manifest, topology, params, base } = await downloadModel(model, { url, cache })
    const image = imagesOf(schema, pixels, new Uint8Array(1))
    return engine.predict({ key: manifest.topology, topology, params, base }, image)
  },

  perform({ task, key, topology, params, base }, onProgress) {
    return alone(async () => {
      const { train, validation } = ownData()
      const controller = new AbortController()
      running = { taskId: task.taskId, controller }
      const model = { key, topology, params: FlatParams.concat(params), base: FlatParams.concat(base) }
      const { kind, round, settings } = task
      const work = { kind, round, model, settings, train, validation }
      try {
        const answer = await engine.perform(work, controller.signal, onProgress)
        const tiles = answer.params?.tiles ?? null
        const { numExamples, metrics } = answer
        const output = { params: tiles, numExamples, metrics, capabilities: engine.fallback ?? undefined }
        return tiles
          ? transfer(
              output,
              tiles.map((tile) => tile.buffer),
            )
          : output
      } finally {
        running = null
      }
    })
  },

  cancel(taskId) {
    if (running?.taskId === taskId) running.controller.abort()
  },

  setShare(share) {
    engine.throttle.share = share
  },

  tensors: () => engine.tensors(),
  backend: () => engine.backend(),
  serve(port) {
    expose(api, port)
    // Whoever joins waits for others, or for the model, and the device may be made ready meanwhile.
    const spec = tried
    if (spec) alone(() => engine.prepare(spec)).catch(() => {})
  },
}

async function fetchTopology(url: string, digest: string): Promise<Topology> {
  const response = await fetch(`${url}/api/blobs/${digest}`)
  if (!response.ok)
    throw new TributaryError(
      'network/http',
      `The model’s topology cannot be fetched (${response.status}). Reload the page.`,
    )
  return response.json()
}

expose(api)
// For whoever looks into this worker with the browser's tools: `tributary.backend()`, `tributary.tensors()`.
Object.assign(globalThis, { tributary: { backend: api.backend, tensors: api.tensors } })
