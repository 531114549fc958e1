/** The session worker: the connection to the coordinator. It passes tasks to the training worker and never sees data. */
import { FlatParams } from '../../../shared/tensors/flat.ts'
import { indexedDbCache } from '../../sdk/blob-cache.ts'
import type { TaskPerformer } from '../../sdk/events.ts'
import { Session } from '../../sdk/session.ts'
import { socketWire } from '../../sdk/socket-wire.ts'
import { watchWaking } from '../../sdk/waking.ts'
import { expose, proxy, type Remote, wrap } from './rpc.ts'
import type { SessionApi } from './session-api.ts'
import type { TrainingApi } from './training-api.ts'

let session: Session | null = null

const api: SessionApi = {
  async join(request, port, onEvent) {
    const performer = performerOf(wrap<TrainingApi>(port))
    const wire = socketWire(request.url)
    session = new Session({ ...request, wire, cache: indexedDbCache(8), performer, onEvent })
  },
  async setAvailable(available) {
    await session?.setAvailable(available)
  },
  async leave() {
    await session?.leave()
    session = null
  },
}

function performerOf(training: Remote<TrainingApi>): TaskPerformer {
  return {
    async perform({ taskId, kind, round, settings }, { manifest, topology, params, base }, signal, onProgress) {
      const cancel = () => void training.cancel(taskId)
      signal.addEventListener('abort', cancel)
      try {
        const input = {
          task: { taskId, kind, round, settings },
          key: manifest.topology,
          topology,
          params: params.tiles,
          base: base.tiles,
        }
        const output = await training.perform(input, proxy(onProgress))
        const trained = output.params && FlatParams.concat(output.params)
        const { numExamples, metrics, capabilities } = output
        return { paramsType: trained ? 'diff' : 'none', params: trained, numExamples, metrics, capabilities }
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    },
  }
}

// Here and not in the page: its timers are slowed while it is hidden, and would look like sleep.
watchWaking(() => void session?.check())
expose(api)
