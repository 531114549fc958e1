/** For tests of the sdk: a wire without a network, a coordinator that follows a script, a model that can be fetched. */
import { TributaryError } from '../../shared/errors/error.ts'
import type { Manifest } from '../../shared/jobs/manifest.ts'
import { mlp } from '../../shared/jobs/models.ts'
import { EVENTS } from '../../shared/protocol/events.ts'
import type { JobInfo, Task } from '../../shared/protocol/participant.ts'
import { JOB, taskNamed } from '../../shared/protocol/testing.ts'
import { joinBytes } from '../../shared/tensors/bytes.ts'
import { flatTensors, type Layout } from '../../shared/tensors/layout.ts'
import { writeSafetensors } from '../../shared/tensors/safetensors.ts'
import { numbered } from '../../shared/tensors/testing.ts'
import { digestOf } from './digest.ts'
import type { Reply, Wire } from './wire.ts'

export const CAPABILITIES = { backend: 'wasm', adapter: 'node', hardware: true } as const
export const DATASET = { source: 'synthetic-digits', train: 600, validation: 60 } as const

const LAYOUT: Layout = [
  { name: 'kernel', shape: [3, 2], dtype: 'float32', role: 'trained' },
  { name: 'embedding', shape: [4], dtype: 'float32', role: 'frozen' },
  { name: 'bias', shape: [2], dtype: 'float32', role: 'trained' },
]

/** A version as the coordinator would serve it, blob by blob. */
export function servedModel() {
  const blobs = new Map<string, Uint8Array>()
  const put = (bytes: Uint8Array): { digest: string; bytes: number } => {
    const digest = digestOf([bytes])
    blobs.set(digest, bytes)
    return { digest, bytes: bytes.length }
  }
  const json = (value: unknown) => put(new TextEncoder().encode(JSON.stringify(value)))
  const params = numbered(8, 1)
  const base = numbered(4, 2)
  const topology = mlp(3, [], 2)
  const manifest: Manifest = {
    format: 'tributary-model/1',
    job: 'digits-1',
    version: 0,
    parent: null,
    topology: json(topology).digest,
    layout: LAYOUT.map((t) => ({ ...t, shape: [...t.shape] })),
    params: put(joinBytes(writeSafetensors(flatTensors(LAYOUT), params))),
    base: put(joinBytes(writeSafetensors(LAYOUT.slice(1, 2), base))),
    initial: null,
    optimizerState: null,
  }
  const { digest } = json(manifest)
  const bytes = [...blobs.values()].reduce((n, b) => n + b.length, 0)
  const requests: { url: string; authorization: string | null; range: string | null }[] = []
  /** In place of the global fetch. */
  const fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    const range = headers.get('Range')
    requests.push({ url, authorization: headers.get('Authorization'), range })
    const blob = blobs.get(url.slice(-64))
    if (!blob) return new Response('no', { status: 404 })
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const rest = blob.slice(from)
    return new Response(rest, {
      status: range ? 206 : 200,
      headers: {
        'Content-Length': `${rest.length}`,
        ...(range ? { 'Content-Range': `bytes ${from}-${blob.length - 1}/${blob.length}` } : {}),
      },
    })
  }
  return { digest, manifest, topology, params, base, blobs, bytes, fetch, requests, put, json }
}

export type ServedModel = ReturnType<typeof servedModel>

type Answer = (payload: Record<string, unknown>) => unknown

/** A wire whose other end is a script: what each event is answered with. Whoever is not answered waits for ever. */
export class ScriptedWire implements Wire {
  up = true
  closed = false
  readonly requests: [event: string, payload: Record<string, unknown>][] = []
  readonly hints: [event: string, payload: Record<string, unknown>][] = []
  readonly answers: Record<string, Answer>
  /** The pauses with which a new connection was asked for. */
  readonly renewals: number[] = []
  private readonly handlers = new Map<string, (payload: unknown, reply?: Reply) => void>()
  private readonly waiting = new Set<(error: Error) => void>()
  private onUpHandler = () => {}
  private onDownHandler = () => {}

  constructor(answers: Record<string, Answer>) {
    this.answers = answers
  }

  async request(event: string, payload: unknown): Promise<unknown> {
    if (!this.up) throw unreachable()
    const copy = structuredClone(payload) as Record<string, unknown>
    this.requests.push([event, copy])
    return new Promise((resolve, reject) => {
      this.waiting.add(reject)
      const answer = Promise.resolve().then(() => this.answers[event]?.(copy) ?? new Promise(() => {}))
      answer.then(resolve, reject).finally(() => this.waiting.delete(reject))
    })
  }

  hint(event: string, payload: unknown): void {
    if (this.up) this.hints.push([event, structuredClone(payload) as Record<string, unknown>])
  }

  on(event: string, handler: (payload: unknown, reply?: Reply) => void): void {
    this.handlers.set(event, handler)
  }

  onUp(handler: () => void): void {
    this.onUpHandler = handler
  }

  onDown(handler: () => void): void {
    this.onDownHandler = handler
  }

  renew(delayMs = 0): void {
    this.renewals.push(delayMs)
    if (this.up) this.drop()
  }

  close(): void {
    this.closed = true
    if (this.up) this.drop()
  }

  /** The coordinator sends an event. Returns what it is answered with at once. */
  deliver(event: string, payload: unknown): unknown {
    let answer: unknown
    this.handlers.get(event)?.(structuredClone(payload), (given) => {
      answer = given
    })
    return answer
  }

  /** The connection is lost; what was asked is not answered any more. */
  drop(): void {
    this.up = false
    for (const reject of this.waiting) reject(unreachable())
    this.waiting.clear()
    this.onDownHandler()
  }

  restore(): void {
    this.up = true
    this.onUpHandler()
  }

  /** The payloads of all requests of an event so far. */
  asked(event: string): Record<string, unknown>[] {
    return this.requests.filter(([name]) => name === event).map(([, payload]) => payload)
  }
}

function unreachable(): TributaryError {
  return new TributaryError('network/unreachable', 'The connection was lost.')
}

export function jobInfo(model: string): JobInfo {
  return { ...JOB, model }
}

export function taskFor(taskId: string, model: string): Task {
  return taskNamed(taskId, { model })
}

/** Answers as a coordinator that takes everything. */
export function agreeable(model: string): Record<string, Answer> {
  const ok = () => ({ ok: true })
  return {
    [EVENTS.hello]: ({ resumeToken }) => ({
      ok: true,
      clientId: 'c-1',
      resumeToken: resumeToken ?? 'c-1.signature',
      resumed: resumeToken !== undefined,
      ineligible: '',
      job: jobInfo(model),
    }),
    [EVENTS.availability]: ok,
    [EVENTS.decline]: ok,
    [EVENTS.updateBegin]: () => ({ ok: true, held: 0 }),
    [EVENTS.updateChunk]: ({ offset, data }) => ({ ok: true, held: (offset as number) + (data as Uint8Array).length }),
    [EVENTS.updateCommit]: () => ({ ok: true, receipt: { status: 'accepted' } }),
  }
}
