/** Which backend to train on: the one that trains this model fastest here, by trial. */
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import type { BackendName } from '../../shared/protocol/participant.ts'
import type { Availability, Backend } from './backends/backend.ts'
import { cpu } from './backends/cpu.ts'
import { wasm } from './backends/wasm.ts'
import { webgl } from './backends/webgl.ts'
import { webgpu } from './backends/webgpu.ts'
import { compete, type Entrant, tiersOf } from './competition.ts'
import { probe } from './probe.ts'
import type { BackendReport, BackendTrial, TrialSpec } from './types.ts'

const ALL: readonly Backend[] = [webgpu, wasm, webgl, cpu]

/** Rates that were measured on this machine before, by what was measured. */
export interface RateMemory {
  get(key: string): Promise<number | null>
  put(key: string, rate: number): Promise<void>
}

export interface Choice {
  readonly spec: TrialSpec
  readonly choice: BackendName | 'auto'
  readonly memory: RateMemory
}

interface Candidate extends Entrant {
  readonly backend: Backend
  readonly adapter: string
  readonly threads: number
}

/** Activates the chosen backend. Throws 'backend/unavailable', 'backend/cannot-train' or 'backend/none'. */
export async function chooseBackend({ spec, choice, memory }: Choice): Promise<BackendReport> {
  const wanted = choice === 'auto' ? ALL : ALL.filter((backend) => backend.name === choice)
  const trials = new Map<BackendName, BackendTrial>()
  const there: Candidate[] = []
  const looks = await Promise.all(wanted.map(async (backend) => ({ backend, seen: await backend.look() })))
  for (const { backend, seen } of looks) {
    if (seen.available) there.push(...candidatesOf(backend, seen))
    else trials.set(backend.name, untried(backend.name, 'unavailable', seen.reason))
  }
  const outcome = await compete(tiersOf(there), {
    known: (candidate) => memory.get(keyOf(candidate, spec)),
    measure: (candidate) => tried(candidate, spec, memory, trials),
  })
  if (!outcome) throw noneOf([...trials.values()], choice)
  const { winner, rate } = outcome
  await winner.backend.activate(winner.threads)
  // Of a backend's ways to compute, with threads or without, the fastest counts.
  for (const [loser, examplesPerSecond] of [...outcome.slower].sort(([, a], [, b]) => a - b)) {
    trials.set(loser.name, { ...trialOf(loser), outcome: 'slower', examplesPerSecond })
  }
  trials.set(winner.name, { ...trialOf(winner), outcome: 'chosen', examplesPerSecond: rate })
  const unneeded = choice === 'auto' ? 'It was not needed.' : `You chose ${choice}.`
  for (const { name } of ALL) if (!trials.has(name)) trials.set(name, untried(name, 'not-needed', unneeded))
  const { settings } = spec
  const { count } = spec.examples
  const steps = Math.ceil(count / settings.batchSize) * settings.epochs
  return {
    backend: winner.name,
    adapter: winner.adapter,
    hardware: winner.hardware,
    examplesPerSecond: rate,
    secondsPerRound: (steps * Math.min(settings.batchSize, count)) / rate,
    trials: ALL.map(({ name }) => trials.get(name) as BackendTrial),
    reason: whyNotWebgpu(winner, rate, choice, looks.find(({ backend }) => backend === webgpu)?.seen, trials),
  }
}

/** One for each way in which it can compute. */
function candidatesOf(
  backend: Backend,
  { adapter, hardware, threads = 1 }: Availability & { available: true },
): Candidate[] {
  const alone = { name: backend.name, backend, adapter, hardware, threads: 1 }
  return threads > 1 ? [{ ...alone, adapter: `${adapter}, ${threads} threads`, threads }, alone] : [alone]
}

/** Examples a second; null where it cannot train, or its threads do not start. */
async function tried(
  candidate: Candidate,
  spec: TrialSpec,
  memory: RateMemory,
  trials: Map<BackendName, BackendTrial>,
): Promise<number | null> {
  try {
    if ((await candidate.backend.activate(candidate.threads)) < candidate.threads) return null
    const rate = await probe(spec)
    await memory.put(keyOf(candidate, spec), rate)
    return rate
  } catch (thrown) {
    trials.set(candidate.name, { ...trialOf(candidate), outcome: 'cannot-train', reason: errorInfo(thrown).message })
    return null
  }
}

function keyOf({ name, adapter }: Candidate, { key, settings, examples }: TrialSpec): string {
  const { batchSize, optimizer } = settings
  const size = Math.min(batchSize, examples.count)
  return [name, adapter, key, size, optimizer.name].join(' | ')
}

function trialOf({ name, adapter }: Candidate): Omit<BackendTrial, 'outcome'> {
  return { backend: name, adapter, reason: '', examplesPerSecond: null }
}

function untried(backend: BackendName, outcome: BackendTrial['outcome'], reason: string): BackendTrial {
  return { backend, adapter: '', outcome, reason, examplesPerSecond: null }
}

function noneOf(trials: readonly BackendTrial[], choice: BackendName | 'auto'): TributaryError {
  const tried = trials.map((t) => `${t.backend}: ${t.reason}`).join(' ')
  if (choice === 'auto')
    return new TributaryError('backend/none', `No backend of this browser can train this model. ${tried}`)
  const code = trials[0]?.outcome === 'unavailable' ? 'backend/unavailable' : 'backend/cannot-train'
  return new TributaryError(code, `${tried} Choose another backend, or “Best available”.`)
}

function whyNotWebgpu(
  { name, hardware }: Candidate,
  rate: number,
  choice: BackendName | 'auto',
  gpu: Availability | undefined,
  trials: ReadonlyMap<BackendName, BackendTrial>,
): string {
  if (name === 'webgpu') return hardware ? '' : 'WebGPU runs on a program here, not on a GPU; that is slow.'
  if (choice !== 'auto' || !gpu) return `You chose ${name}.`
  if (!gpu.available) return gpu.reason
  const trial = trials.get('webgpu')
  if (trial?.outcome === 'cannot-train') return `WebGPU cannot train this model: ${trial.reason}`
  if (trial?.outcome === 'slower') {
    const [own, theirs] = [rate, trial.examplesPerSecond ?? 0].map(Math.round)
    return `${name} trains this model faster here: ${own} examples a second, webgpu ${theirs}.`
  }
  return `WebGPU would run on a program here (${gpu.adapter.replace(', software', '')}), not on a GPU; ${name} is faster.`
}
