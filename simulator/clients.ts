/** Simulated clients: sessions of the sdk, each on a connection in memory, training in threads. */
import type { BlobCache } from '../client/sdk/blob-cache.ts'
import type { SessionEvent, TaskPerformer } from '../client/sdk/events.ts'
import { Session } from '../client/sdk/session.ts'
import type { Wire } from '../client/sdk/wire.ts'
import { signClientId } from '../server/access/tokens.ts'
import { memoryChannel } from '../server/gateway/memory-channel.ts'
import type { BlobStore } from '../server/storage/blobs.ts'
import { TributaryError } from '../shared/errors/error.ts'
import { EVENTS } from '../shared/protocol/events.ts'
import type { Capabilities, DatasetSummary, TaskCancel } from '../shared/protocol/participant.ts'
import { joinBytes } from '../shared/tensors/bytes.ts'
import type { SimulatedCoordinator } from './coordinator.ts'
import type { Turns } from './turns.ts'
import { memoryWire } from './wire.ts'

const CAPABILITIES: Capabilities = { backend: 'wasm', adapter: 'simulated', hardware: true }

export interface SimulatedClient {
  /** Its id at the coordinator: selection and shuffling are functions of it. */
  readonly name: string
  readonly dataset: DatasetSummary
  readonly performer: TaskPerformer
}

export interface JoinedClient {
  readonly session: Session
  /** Why it is never selected; empty where it may be. */
  readonly ineligible: string
}

/** Resolves when the coordinator knows the client. */
export function join(
  client: SimulatedClient,
  { gateway, signingKey, blobs }: SimulatedCoordinator,
  turns: Turns,
): Promise<JoinedClient> {
  const { name, dataset, performer } = client
  const wire = memoryWire(() => {
    const { channel, peer } = memoryChannel(name)
    gateway.attach(channel)
    return peer
  })
  return new Promise((resolve, reject) => {
    const onEvent = (event: SessionEvent) => {
      if (event.type === 'welcome') resolve({ session, ineligible: event.ineligible })
      if (event.type === 'task-ended') turns.give(event.task.taskId)
      if (event.type === 'problem' && event.fatal) reject(TributaryError.from(event.error))
    }
    const session = new Session({
      // Nothing is fetched: the cache has it all.
      url: 'memory:',
      wire: inTurn(wire, turns),
      cache: cacheOf(blobs),
      capabilities: CAPABILITIES,
      dataset,
      performer: inOrder(performer, turns),
      onEvent,
      // Signed here, so that the client has the same id in every run.
      resumeToken: signClientId(signingKey, name),
    })
  })
}

/** Tasks reach the client when it is their turn. */
function inTurn(wire: Wire, turns: Turns): Wire {
  return {
    ...wire,
    get up() {
      return wire.up
    },
    on(event, handler) {
      wire.on(event, (payload, reply) => {
        const { taskId } = payload as Partial<TaskCancel>
        if (event === EVENTS.task && taskId) return turns.take(taskId, () => handler(payload, reply))
        if (event === EVENTS.taskCancel && taskId) turns.drop(taskId)
        handler(payload, reply)
      })
    },
  }
}

/** What the performer comes to is told when the tasks before it are done, failures too. */
function inOrder(performer: TaskPerformer, turns: Turns): TaskPerformer {
  return {
    async perform(task, model, signal, onProgress) {
      try {
        return await performer.perform(task, model, signal, onProgress)
      } finally {
        await turns.first(task.taskId, signal)
      }
    },
  }
}

/** The coordinator's own blobs, where a tab has what it has downloaded. */
function cacheOf(blobs: BlobStore): BlobCache {
  return {
    async get(digest) {
      const pieces: Uint8Array[] = []
      for await (const piece of blobs.read(digest)) pieces.push(piece)
      return joinBytes(pieces)
    },
    async put() {},
  }
}
