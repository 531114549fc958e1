/** Which backend to train on: the first, in this order, that the browser has and that can train this model. */
import * as tf from '@tensorflow/tfjs-core'
import { subset } from '../../shared/datasets/dataset.ts'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { inputShape, makeBatch, range } from '../../shared/models/batches.ts'
import { buildModel } from '../../shared/models/build.ts'
import type { BackendName } from '../../shared/protocol/participant.ts'
import type { Availability, Backend } from './backends/backend.ts'
import { cpu } from './backends/cpu.ts'
import { wasm } from './backends/wasm.ts'
import { webgl } from './backends/webgl.ts'
import { takeDeviceError, webgpu } from './backends/webgpu.ts'
import { Stepper } from './step.ts'
import type { BackendReport, BackendTrial, TrialSpec } from './types.ts'

const TRIAL_STEPS = 3

interface Candidate {
  readonly backend: Backend
  readonly seen: Availability
}

/** Activates the chosen backend. Throws 'backend/unavailable', 'backend/cannot-train' or 'backend/none'. */
export async function chooseBackend(spec: TrialSpec, choice: BackendName | 'auto'): Promise<BackendReport> {
  const trials: BackendTrial[] = []
  for (const { backend, seen } of await candidates(choice)) {
    if (!seen.available) {
      trials.push({ backend: backend.name, adapter: '', outcome: 'unavailable', reason: seen.reason })
      continue
    }
    const { adapter, hardware } = seen
    try {
      await backend.activate()
      const secondsPerRound = await trialRun(spec)
      trials.push({ backend: backend.name, adapter, outcome: 'chosen', reason: '' })
      const rest = remaining(trials, choice)
      return {
        backend: backend.name,
        adapter,
        hardware,
        secondsPerRound,
        trials: [...trials, ...rest],
        reason: whyNotWebgpu(backend, hardware, choice, await webgpu.look(), trials),
      }
    } catch (thrown) {
      trials.push({ backend: backend.name, adapter, outcome: 'cannot-train', reason: errorInfo(thrown).message })
    }
  }
  const tried = trials.map((t) => `${t.backend}: ${t.reason}`).join(' ')
  if (choice === 'auto')
    throw new TributaryError('backend/none', `No backend of this browser can train this model. ${tried}`)
  const code = trials[0]?.outcome === 'unavailable' ? 'backend/unavailable' : 'backend/cannot-train'
  throw new TributaryError(code, `${tried} Choose another backend, or “Best available”.`)
}

/** Those to try, in order. WebGPU on a software adapter comes late: it is slower than WASM. */
async function candidates(choice: BackendName | 'auto'): Promise<Candidate[]> {
  const all: readonly Backend[] = [webgpu, wasm, webgl, cpu]
  const wanted = choice === 'auto' ? all : all.filter((backend) => backend.name === choice)
  const seen = await Promise.all(wanted.map(async (backend) => ({ backend, seen: await backend.look() })))
  const gpu = seen[0]
  if (choice === 'auto' && gpu?.seen.available && !gpu.seen.hardware) {
    seen.splice(0, 1)
    seen.splice(seen.length - 1, 0, gpu)
  }
  return seen
}

function remaining(trials: readonly BackendTrial[], choice: BackendName | 'auto'): BackendTrial[] {
  const names: readonly BackendName[] = ['webgpu', 'wasm', 'webgl', 'cpu']
  return names
    .filter((name) => !trials.some((t) => t.backend === name))
    .map((backend) => ({
      backend,
      adapter: '',
      outcome: 'not-needed',
      reason: choice === 'auto' ? 'Another one was found first.' : `You chose ${choice}.`,
    }))
}

/** Trains a throw-away model for a few steps; returns the seconds that a round of the task would take. */
async function trialRun({ topology, settings, classes, train }: TrialSpec): Promise<number> {
  takeDeviceError()
  const model = await buildModel(topology)
  const stepper = new Stepper(model, settings)
  try {
    const size = Math.min(settings.batchSize, train.labels.length)
    const sample = subset(train, range(0, size))
    const shape = inputShape(model, train.width * train.height * train.channels)
    let fastest = Number.POSITIVE_INFINITY
    for (let i = 0; i < TRIAL_STEPS; i++) {
      const began = performance.now()
      const batch = makeBatch(sample, range(0, size), shape, classes)
      stepper.step(batch, settings.optimizer.learningRate)
      tf.dispose([batch.xs, batch.targets])
      const { loss } = await stepper.take()
      if (!Number.isFinite(loss))
        throw new TributaryError('backend/cannot-train', 'A first step gave a loss that is not a number.')
      fastest = Math.min(fastest, performance.now() - began)
    }
    const complaint = takeDeviceError()
    if (complaint)
      throw new TributaryError('backend/cannot-train', `The GPU refused a part of the training: ${complaint}`)
    const steps = Math.ceil(train.labels.length / settings.batchSize) * settings.epochs
    return (steps * fastest) / 1000
  } finally {
    stepper.dispose()
    model.dispose()
  }
}

function whyNotWebgpu(
  { name }: Backend,
  hardware: boolean,
  choice: BackendName | 'auto',
  gpu: Availability,
  trials: readonly BackendTrial[],
): string {
  if (name === 'webgpu') return hardware ? '' : 'WebGPU runs on a program here, not on a GPU; that is slow.'
  if (choice !== 'auto') return `You chose ${name}.`
  if (!gpu.available) return gpu.reason
  const failed = trials.find((t) => t.backend === 'webgpu' && t.outcome === 'cannot-train')
  if (failed) return `WebGPU cannot train this model: ${failed.reason}`
  return `WebGPU would run on a program here (${gpu.adapter.replace(', software', '')}), not on a GPU; ${name} is faster.`
}
