/** The signals that the page shows, as the controller writes them. */
import { type Signal, signal } from '@preact/signals'
import type { BackendName } from '../../../shared/protocol/participant.ts'
import type { Notice, ParticipantView } from '../view.ts'
import { recallLimits } from './limits.ts'
import type { TabMemory } from './tab-memory.ts'

export type State = {
  readonly [Name in keyof ParticipantView]: ParticipantView[Name] extends { readonly value: infer Value }
    ? Signal<Value>
    : never
}

const BACKENDS: readonly string[] = ['webgpu', 'wasm', 'webgl', 'cpu'] satisfies BackendName[]

/** A tab that was taking part before a reload begins with what it remembers. */
export function createState(memory: TabMemory): State {
  const { joined, part } = memory
  const backend = joined?.backend ?? ''
  return {
    job: signal(null),
    connection: signal('offline'),
    lostAt: signal(null),
    data: signal({ status: 'empty' }),
    backendChoice: signal(BACKENDS.includes(backend) ? (backend as BackendName) : 'auto'),
    backend: signal({ status: 'probing' }),
    membership: signal('outside'),
    ineligible: signal(''),
    work: signal({ kind: 'idle' }),
    jobLeft: signal(null),
    limits: signal(recallLimits()),
    battery: signal(null),
    spared: signal(false),
    curve: signal([]),
    contribution: signal({
      rounds: part?.rounds ?? 0,
      bytesUp: part?.bytesUp ?? 0,
      bytesDown: part?.bytesDown ?? 0,
    }),
    problem: signal(null),
    notice: signal<Notice | null>(
      joined === null
        ? null
        : { kind: joined.source === 'files' || joined.source === 'captured' ? 'files-again' : 'rejoining' },
    ),
  }
}
