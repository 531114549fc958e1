import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import { expose } from 'comlink'
import { cpu } from '../../../client/training/backends/cpu.ts'
import { wasm } from '../../../client/training/backends/wasm.ts'
import { webgl } from '../../../client/training/backends/webgl.ts'
import { webgpu } from '../../../client/training/backends/webgpu.ts'
import { Engine } from '../../../client/training/engine.ts'
import { learningRateOf } from '../../../client/training/optimizers/schedule.ts'
import { checkDevice } from '../../../client/training/recovery.ts'
import { Stepper } from '../../../client/training/stepper.ts'
import { keyOf } from '../../../client/training/steps/differentiate.ts'
import { UnrecordedSteps } from '../../../client/training/steps/unrecorded.ts'
import { threadsNow } from '../../../client/training/wasm/products/products.ts'
import { filterGradient, type Shape, WAYS } from '../../../client/training/webgpu/filter-gradient.ts'
import { timesOf } from '../../../client/training/webgpu/measure.ts'
import type { ProgramRunner } from '../../../client/training/webgpu/program.ts'
import { errorInfo } from '../../../shared/errors/error.ts'
import { dense, mlp, sequential, type Topology } from '../../../shared/jobs/models.ts'
import { buildSeededModel } from '../../../shared/models/build.ts'
import { arraysOf, batchOf } from '../../../shared/models/examples.ts'
import { flatOnes, frozenOnes, modelTensors, readWeights } from '../../../shared/models/layout-of.ts'
import { random } from '../../../shared/random/random.ts'
import { elements } from '../../../shared/tensors/layout.ts'
import type { FLModel } from '../../../shared/updates/fl-model.ts'
import type { ConvolutionSpec, Laboratory } from './experiments.ts'
import { countGpuCalls, gpuCallsOf } from './gpu-calls.ts'
import { digitsOf, drawn, examplesOf, orders, settingsOf } from './made.ts'
import { activateStock, stockOptimizer, stockTrainer } from './stock.ts'
import './unsteady.ts'

const engine = new Engine()
let taskModel: LayersModel | null = null

const laboratory: Laboratory = {
  async activate(backend, threads) {
    await { webgpu, wasm, webgl, cpu }[backend].activate(threads)
    return tf.getBackend()
  },

  async train(spec) {
    const model = await buildSeededModel(spec.topology, 1)
    const settings = settingsOf(spec)
    const stepper = spec.how === 'best' ? new Stepper(model, settings) : null
    const steps = stepper ?? new UnrecordedSteps(model, settings)
    const examples = examplesOf(spec, model)
    const losses: number[] = []
    const accuracies: number[] = []
    const planned = Math.ceil(spec.examples / spec.batchSize) * spec.epochs
    let taken = 0
    await steps.begin(examples, spec.batchSize, spec.seed ?? 1)
    for (const [epoch, order] of orders(spec).entries()) {
      for (let at = 0; at < spec.examples; at += spec.batchSize) {
        await steps.room()
        const rate = learningRateOf(settings.optimizer, 1, taken++, planned)
        steps.step(order.subarray(at, at + spec.batchSize), rate, epoch)
      }
      const { loss, measured } = await steps.take()
      losses.push(loss)
      accuracies.push(measured)
    }
    steps.settle()
    steps.end()
    checkDevice()
    const weights = await weightsOf(model)
    steps.dispose()
    model.dispose()
    return { weights, losses, accuracies, whyUnrecorded: stepper?.whyUnrecorded ?? null }
  },

  async trainStock(backend, spec) {
    await activateStock(backend)
    if (tf.getBackend() !== backend) throw new Error(`This is ${tf.getBackend()}, not ${backend}.`)
    const model = await buildSeededModel(spec.topology, 1)
    const step = stockTrainer(model, stockOptimizer(settingsOf(spec).optimizer))
    const examples = drawn(spec)
    const steps: tf.Scalar[][] = []
    for (const order of orders(spec)) {
      for (let at = 0; at < spec.examples; at += spec.batchSize) {
        const { xs, targets } = batchOf(examples, arraysOf(examples, order.subarray(at, at + spec.batchSize)))
        steps.push(tf.tidy(() => step([xs, targets])))
        tf.dispose([xs, targets])
      }
    }
    const read = (which: number) =>
      Promise.all(steps.map(async (step) => (await (step[which] as tf.Scalar).data())[0] as number))
    const [losses, accuracies] = [await read(0), await read(1)]
    return { weights: await weightsOf(model), losses, accuracies, whyUnrecorded: null }
  },

  async step(spec) {
    const model = await buildSeededModel(spec.topology, 1)
    const settings = settingsOf(spec)
    const stepper = new Stepper(model, settings)
    const examples = drawn(spec)
    const seed = spec.seed ?? 1
    const read = async () => {
      const layers = []
      for (const { name, weights, trainable } of model.layers) {
        const values = []
        for (const weight of weights) values.push(Array.from(await weight.read().data()))
        layers.push({ name, weights, frozen: !trainable, values })
      }
      return layers
    }
    const before = await read()
    const all = Uint32Array.from({ length: spec.examples }, (_, i) => i)
    await stepper.begin(examples, spec.examples, seed)
    await stepper.room()
    stepper.step(all, settings.optimizer.learningRate, 0)
    const { loss } = await stepper.take()
    stepper.settle()
    stepper.end()
    checkDevice()
    const after = await read()
    const { xs, targets } = arraysOf(examples, all)
    const { whyUnrecorded } = stepper
    const layers = before.map(({ name, frozen, weights, values }, i) => ({
      name,
      frozen,
      weights: weights.map((weight, j) => ({
        name: weight.originalName,
        shape: weight.shape as number[],
        trained: weight.trainable,
        before: values[j] as number[],
        after: after[i]?.values[j] as number[],
      })),
    }))
    stepper.dispose()
    model.dispose()
    const labels = Array.from(all, (i) => targets.subarray(i * spec.classes, (i + 1) * spec.classes).indexOf(1))
    return { layers, xs: Array.from(xs), labels, key: Array.from(keyOf(seed, 0)), loss, whyUnrecorded }
  },

  async tasks(count) {
    for (let round = 1; round <= count; round++) await smallTask(round)
  },

  async update() {
    const data = digitsOf(10)
    const { params } = await smallTask(1, { topology: NORMALISED })
    if (!taskModel || !params) throw new Error('There is no update.')
    const sent = params.tiles.flatMap((tile) => Array.from(tile))
    const tensors = modelTensors(taskModel).map(({ spec: { name, shape } }) => ({
      name,
      values: sent.splice(0, elements(shape)),
    }))
    forgetTask()
    return { tensors, batchSize: TASK_BATCH, seed: 1, width: 12, pixels: Array.from(data.values) }
  },

  async failure(learningRate) {
    try {
      await smallTask(1, { learningRate })
      return null
    } catch (thrown) {
      return errorInfo(thrown).code
    } finally {
      forgetTask()
    }
  },

  async dispatches(spec) {
    countGpuCalls()
    const model = await buildSeededModel(spec.topology, 1)
    const stepper = new Stepper(model, settingsOf(spec))
    await stepper.begin(drawn(spec), spec.batchSize, 1)
    if (stepper.whyUnrecorded !== null) throw new Error(stepper.whyUnrecorded)
    const all = Uint32Array.from({ length: spec.batchSize }, (_, i) => i)
    const { dispatches } = gpuCallsOf(() => stepper.step(all, 0.1, 0))
    stepper.dispose()
    model.dispose()
    return dispatches
  },

  async pretendHardware() {
    const info = { vendor: 'acme', architecture: 'first', description: '', isFallbackAdapter: false }
    Object.defineProperty(GPUAdapter.prototype, 'info', { get: () => info })
  },

  async filterGradients(spec) {
    const shape = shapeOf(spec)
    const { images, filterShape, strides, pad } = shape
    const { outShape } = tf.backend_util.computeConv2DInfo(images, filterShape, strides, 1, pad)
    const [x, dy] = [images, outShape].map((size, i) => tf.randomUniform(size, -1, 1, 'float32', i)) as [Image, Image]
    const runner = tf.backend() as unknown as ProgramRunner
    const ways = []
    for (const way of WAYS) {
      const gradient = tf.engine().makeTensorFromTensorInfo(filterGradient(runner, way, x, dy, shape))
      ways.push({ way, values: Array.from(await gradient.data()) })
      gradient.dispose()
    }
    const outcome = { xs: Array.from(await x.data()), dy: Array.from(await dy.data()), ways }
    tf.dispose([x, dy])
    checkDevice()
    return outcome
  },

  async timeFilterGradients(spec) {
    return timesOf(shapeOf(spec))
  },

  async threads() {
    return threadsNow()
  },

  async shareProducts(count, threads) {
    const draws = random(1, 'products')
    const cases = Array.from({ length: 12 }, () => {
      const [m, k, n] = [draws.int(120) + 40, draws.int(120) + 80, draws.int(120) + 80] as const
      const [transposeA, transposeB] = [draws.int(2) === 1, draws.int(2) === 1]
      const a = tf.randomUniform(transposeA ? [k, m] : [m, k], -1, 1, 'float32', draws.int(1000))
      const b = tf.randomUniform(transposeB ? [n, k] : [k, n], -1, 1, 'float32', draws.int(1000))
      return () => tf.tidy(() => tf.matMul(a, b, transposeA, transposeB).dataSync())
    })
    await wasm.activate(1)
    const expected = cases.map((product) => product())
    await wasm.activate(threads)
    let others = 0
    for (let i = 0; i < count; i++) {
      const values = cases[i % cases.length]?.() ?? []
      const wanted = expected[i % cases.length]
      if (values.some((value, j) => !Object.is(value, wanted?.[j]))) others++
    }
    return others
  },

  async memory() {
    const { numTensors, numBytes } = tf.memory()
    // Each backend has a name of its own for it.
    const gpu = tf.memory() as { numBytesAllocatedInGPU?: number; numBytesInGPUAllocated?: number }
    return {
      tensors: numTensors,
      bytes: numBytes,
      gpuBytes: gpu.numBytesAllocatedInGPU ?? gpu.numBytesInGPUAllocated ?? 0,
    }
  },
}
expose(laboratory)

/** Its last batch is of another size. */
const TASK_BATCH = 4

const NORMALISED = sequential(
  'normalised',
  [12],
  [
    { class_name: 'BatchNormalization', config: { name: 'norm' } },
    { class_name: 'GaussianNoise', config: { name: 'noise', stddev: 0.1 } },
    dense('hidden', 8, 'relu'),
    dense('classes', 3, 'softmax'),
  ],
)

/** As the product's training worker does it. */
async function smallTask(
  round: number,
  { topology = mlp(12, [8], 3), learningRate = 0.01 }: { topology?: Topology; learningRate?: number } = {},
): Promise<FLModel> {
  taskModel ??= await buildSeededModel(topology, 1)
  const tensors = modelTensors(taskModel)
  const params = await readWeights(flatOnes(tensors))
  const base = await readWeights(frozenOnes(tensors))
  const data = digitsOf(10)
  const settings = settingsOf({ optimizer: { name: 'adam' }, epochs: 1, batchSize: TASK_BATCH })
  const optimizer = { ...settings.optimizer, learningRate }
  const answer = await engine.perform(
    {
      kind: 'train',
      round,
      model: { key: 'tasks', topology, params, base },
      settings: { ...settings, optimizer, seed: round },
      train: data,
      validation: data,
    },
    new AbortController().signal,
    () => {},
  )
  if (answer.paramsType !== 'diff') throw new Error('A task came to nothing.')
  return answer
}

/** Another backend, or another model, may be next. */
function forgetTask(): void {
  engine.clear()
  taskModel?.dispose()
  taskModel = null
}

type Image = tf.Tensor4D

const shapeOf = ({ x, filter, strides, pad }: ConvolutionSpec): Shape => ({
  images: [...x],
  filterShape: [...filter],
  strides: [...strides],
  pad,
})

async function weightsOf(model: LayersModel): Promise<number[][]> {
  const weights: number[][] = []
  for (const weight of model.getWeights()) weights.push(Array.from(await weight.data()))
  return weights
}
