import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { expose } from 'comlink'
import { cpu } from '../../../client/training/backends/cpu.ts'
import { wasm } from '../../../client/training/backends/wasm.ts'
import { webgl } from '../../../client/training/backends/webgl.ts'
import { webgpu } from '../../../client/training/backends/webgpu.ts'
import { chooseBackend } from '../../../client/training/choose-backend.ts'
import { Stepper } from '../../../client/training/stepper.ts'
import { countGpuCalls, gpuCallsOf, peakBytes } from '../../../e2e/lab/page/gpu-calls.ts'
import { activateStock, stockTrainer } from '../../../e2e/lab/page/stock.ts'
import { optimizerConfigSchema, optimizerSettings } from '../../../shared/jobs/optimizer.ts'
import { buildSeededModel } from '../../../shared/models/build.ts'
import { type ExampleSource, type Examples, range } from '../../../shared/models/examples.ts'
import type { BackendName, TrainSettings } from '../../../shared/protocol/participant.ts'
import { random } from '../../../shared/random/random.ts'
import { type BenchModel, MODELS } from '../models.ts'
import type { Contender, OptimizerName, Setup } from './contender.ts'
import { flopsOf } from './flops.ts'

const BATCH = 32
/** Batches of different examples; then they come again. */
const BATCHES = 8
const LEARNING_RATE = 0.01

/** Both sides: xs and one-hot targets, row by row. */
interface Data {
  readonly xs: Float32Array
  readonly targets: Float32Array
}

interface Side {
  /** Trains this many batches from this one on; nothing is waited for. */
  encode(from: number, steps: number): void
  /** The loss, when all is done. */
  finish(): Promise<number>
  /** Of the data set, where it lies on the backend. */
  readonly dataBytes: number
}

countGpuCalls()

let side: Side | null = null
let next = 0

const contender: Contender = {
  async prepare(setup) {
    const spec = MODELS[setup.model]
    const data = makeData(spec)
    const adapter = await activate(setup, spec, data)
    const model = await buildSeededModel(spec.topology, 1)
    const since = performance.now()
    side = setup.side === 'ours' ? await ours(setup, spec, model, data) : stock(setup, spec, model, data)
    await timed(1)
    const firstMs = performance.now() - since
    const second = await timed(1)
    if (!Number.isFinite(second.loss)) throw new Error(`The loss became ${second.loss}.`)
    const backend = tf.getBackend() as BackendName
    return { firstMs, secondMs: second.ms, loss: second.loss, backend, adapter, flops: flopsOf(model, BATCH) }
  },
  async train(steps) {
    return (await timed(steps)).ms
  },
  async encode(steps) {
    const since = performance.now()
    side?.encode(next, steps)
    const ms = performance.now() - since
    next += steps
    await side?.finish()
    return ms
  },
  async gpuCalls() {
    const during = gpuCallsOf(() => side?.encode(next++, 1))
    await side?.finish()
    return during
  },
  async memory() {
    const backend = tf.backend() as unknown as { wasm?: { asm?: { memory?: WebAssembly.Memory } } }
    // Each backend has a name of its own for it.
    const { numBytes, numBytesAllocatedInGPU, numBytesInGPUAllocated } = tf.memory() as tf.MemoryInfo & {
      readonly numBytesAllocatedInGPU?: number
      readonly numBytesInGPUAllocated?: number
    }
    const heap = backend.wasm?.asm?.memory?.buffer.byteLength
    // It never shrinks.
    if (heap !== undefined) return { held: heap, peak: heap }
    // Without stock's data set, which lies there, where ours does not.
    const dataBytes = side?.dataBytes ?? 0
    const held = (numBytesAllocatedInGPU ?? numBytesInGPUAllocated ?? numBytes) - dataBytes
    return { held, peak: tf.getBackend() === 'webgpu' ? peakBytes() - dataBytes : null }
  },
  async matmulRate() {
    const [a, b] = [tf.randomNormal([512, 512]), tf.randomNormal([512, 512])] as [tf.Tensor2D, tf.Tensor2D]
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < 12; i++) {
      const since = performance.now()
      const product = tf.matMul(a, b)
      await product.data()
      best = Math.min(best, performance.now() - since)
      product.dispose()
    }
    tf.dispose([a, b])
    return (2 * 512 ** 3) / best / 1e6
  },
}
expose(contender)

async function timed(steps: number): Promise<{ ms: number; loss: number }> {
  const since = performance.now()
  side?.encode(next, steps)
  const loss = (await side?.finish()) ?? Number.NaN
  const ms = performance.now() - since
  next += steps
  return { ms, loss }
}

/** Ours as tabs do; tfjs' own as its documentation has it. Answers the adapter's name where one was chosen. */
async function activate({ side: which, backend, optimizer }: Setup, spec: BenchModel, data: Data): Promise<string> {
  if (backend === 'auto') {
    const examples: ExampleSource = { count: BATCHES * BATCH, for: (_, most) => examplesOf(spec, data, most) }
    const key = ''
    const trial = { key, topology: spec.topology, settings: settingsOf(optimizer), examples }
    const memory = { get: async () => null, put: async () => {} }
    return (await chooseBackend({ spec: trial, choice: 'auto', memory })).adapter
  }
  if (which === 'ours') await { webgpu, wasm, webgl, cpu }[backend].activate()
  else await activateStock(backend)
  if (tf.getBackend() !== backend) throw new Error(`This is ${tf.getBackend()}, not ${backend}.`)
  return ''
}

function makeData({ input, tokens, classes }: BenchModel): Data {
  const draws = random(7, 'bench data')
  const size = input.reduce((n, d) => n * d, 1)
  const xs = Float32Array.from({ length: BATCHES * BATCH * size }, () =>
    tokens === null ? draws.uniform(0, 1) : Math.floor(draws.uniform(0, tokens)),
  )
  const targets = new Float32Array(BATCHES * BATCH * classes)
  for (let i = 0; i < BATCHES * BATCH; i++) targets[i * classes + Math.floor(draws.uniform(0, classes))] = 1
  return { xs, targets }
}

const settingsOf = (optimizer: OptimizerName): TrainSettings => ({
  epochs: 1,
  batchSize: BATCH,
  optimizer: optimizerSettings(optimizerConfigSchema.parse({ name: optimizer, learningRate: LEARNING_RATE }), 1),
  loss: 'sparseCategoricalCrossentropy',
  classWeights: null,
  metrics: ['accuracy'],
  seed: 1,
})

function examplesOf({ input, classes }: BenchModel, data: Data, count = BATCHES * BATCH): Examples {
  const size = input.reduce((n, d) => n * d, 1)
  return {
    source: data,
    count,
    shape: input,
    outputs: classes,
    varied: false,
    write(indices, xs, targets) {
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i] as number
        xs.set(data.xs.subarray(index * size, (index + 1) * size), i * size)
        targets.set(data.targets.subarray(index * classes, (index + 1) * classes), i * classes)
      }
    },
  }
}

async function ours({ optimizer }: Setup, spec: BenchModel, model: LayersModel, data: Data): Promise<Side> {
  const stepper = new Stepper(model, settingsOf(optimizer))
  await stepper.begin(examplesOf(spec, data), BATCH, 1)
  if (stepper.whyUnrecorded !== null) throw new Error(`Not recorded: ${stepper.whyUnrecorded}`)
  return {
    encode(from, steps) {
      for (let i = 0; i < steps; i++) {
        const at = ((from + i) % BATCHES) * BATCH
        stepper.step(range(at, at + BATCH), LEARNING_RATE, 0)
      }
    },
    finish: async () => (await stepper.take()).loss,
    // Recorded steps keep theirs on the device, too.
    dataBytes: tf.getBackend() === 'webgpu' ? data.xs.byteLength + data.targets.byteLength : 0,
  }
}

/** Its batches are slices of tensors that stay on the device. */
function stock({ optimizer }: Setup, { input, classes }: BenchModel, model: LayersModel, data: Data): Side {
  const rule = optimizer === 'sgd' ? tf.train.sgd(LEARNING_RATE) : tf.train.adam(LEARNING_RATE)
  const trainFunction = stockTrainer(model, rule)
  const xs = tf.tensor(data.xs, [BATCHES * BATCH, ...input])
  const targets = tf.tensor2d(data.targets, [BATCHES * BATCH, classes])
  let last: tf.Scalar[] = []
  return {
    encode(from, steps) {
      for (let i = 0; i < steps; i++) {
        const at = ((from + i) % BATCHES) * BATCH
        tf.dispose(last)
        last = tf.tidy(() => trainFunction([tf.slice(xs, at, BATCH), tf.slice(targets, at, BATCH)]))
      }
    },
    async finish() {
      const [loss] = await (last[0] as tf.Scalar).data()
      return loss as number
    },
    dataBytes: data.xs.byteLength + data.targets.byteLength,
  }
}
