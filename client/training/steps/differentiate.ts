import * as tf from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'
import type { Batch } from '../../../shared/models/examples.ts'
import { layersIn } from '../../../shared/models/layers/layers-in.ts'
import { type ExampleFunction, lossByName, metricInSteps } from '../../../shared/models/losses.ts'
import type { TrainSettings } from '../../../shared/protocol/participant.ts'
import { deriveSeed } from '../../../shared/random/random.ts'
import { halves } from '../draws/bits.ts'
import { KeySource } from '../draws/key-source.ts'
import { seedDraws } from '../draws/layers.ts'
import { completeBatchNorm } from '../gradients/batch-norm-layer.ts'
import { fuseLayerNorm } from '../gradients/layer-norm.ts'
import { crossEntropyOnHost, isOnHost } from './host-loss.ts'
import { binaryCrossEntropyOfScores, crossEntropyOfScores, without } from './logits.ts'

export interface Derivatives {
  /** Of what is minimised, by each of the variables, in their order. */
  readonly gradients: tf.Tensor[]
  /** [sum of losses, sum of what the job's first metric is the mean of]. */
  readonly sums: tf.Tensor1D
}

/** Forward and backward pass of a batch: what a step computes before its optimizer. `key`: of the step's random draws. */
export type Differentiate = (batch: Batch, key: tf.Tensor) => Derivatives

const CATEGORICAL = { activation: 'softmax', ofScores: crossEntropyOfScores } as const

/** Losses that are one with the activation before them. */
const FUSED: Readonly<Record<string, { activation: 'softmax' | 'sigmoid'; ofScores: ExampleFunction }>> = {
  sparseCategoricalCrossentropy: CATEGORICAL,
  categoricalCrossentropy: CATEGORICAL,
  binaryCrossentropy: { activation: 'sigmoid', ofScores: binaryCrossEntropyOfScores },
}

/** The variables that training moves. */
export function trainedVariables(model: LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable)
}

/**
 * Run it in a tidy: what it answers is not kept. The gradients are those of the mean loss and of the layers' own penalties
 * (Keras' regularizers); the sums are without these.
 */
export function differentiator(model: LayersModel, { loss, metrics, classWeights }: TrainSettings): Differentiate {
  const variables = trainedVariables(model)
  const fused = FUSED[loss]
  const bare = fused ? without(fused.activation, model) : null
  const lossOf = bare && fused ? fused.ofScores : lossByName(loss)
  const forward = (xs: tf.Tensor) => model.apply(xs, { training: true }) as tf.Tensor2D
  const metricOf = metricInSteps(metrics[0] ?? '', bare !== null)
  const onHost = fused === CATEGORICAL && (metricOf === null || metrics[0] === 'accuracy')
  // Each example's loss times its class's weight.
  const weighted = (losses: tf.Tensor1D, targets: tf.Tensor2D): tf.Tensor1D =>
    classWeights ? tf.mul(losses, weightsOf(targets, classWeights)) : losses
  const source = new KeySource()
  seedDraws(model, source)
  fuseLayerNorm(model)
  completeBatchNorm(model)
  const penalties = layersIn(model).flatMap(({ layer, frozen }) => (frozen ? [] : layer.losses))
  return ({ xs, targets }, key) => {
    let sums: tf.Tensor1D | undefined
    source.begin(key)
    try {
      const { value, grads } = tf.variableGrads(() => {
        const predictions = bare ? bare(() => forward(xs)) : forward(xs)
        const penalised = (mean: tf.Scalar) => penalties.reduce((sum, penalty) => tf.add(sum, penalty()), mean)
        if (bare && onHost && isOnHost(tf.getBackend())) {
          const own = crossEntropyOnHost(targets, predictions, classWeights, metricOf !== null)
          sums = own.sums
          return penalised(own.mean)
        }
        const losses = weighted(lossOf(targets, predictions), targets)
        const measured = metricOf ? metricOf(targets, predictions) : losses
        sums = tf.keep(tf.sum(tf.stack([losses, measured]), 1) as tf.Tensor1D)
        return penalised(tf.mean(losses) as tf.Scalar)
      }, variables)
      value.dispose()
      return {
        // Of a weight that the loss does not reach there is none.
        gradients: variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable)),
        sums: tf.clone(sums as tf.Tensor1D),
      }
    } finally {
      source.end()
      // It was kept from the tidies within; the clone is the caller's.
      sums?.dispose()
    }
  }
}

/** Of each example, by its class. */
function weightsOf(targets: tf.Tensor2D, classWeights: readonly number[]): tf.Tensor {
  const [first = 1, second = 1] = classWeights
  // 0 or 1 stands for two classes.
  if (targets.shape[1] === 1) return tf.add(tf.mul(tf.squeeze(targets, [-1]), second - first), first)
  return tf.sum(tf.mul(targets, tf.tensor1d([...classWeights])), -1)
}

/** What a task's step draws with, from 0: two halves of 16 bits. `seed`: the task's. */
export function keyOf(seed: number, step: number): Float32Array {
  return Float32Array.from(halves(deriveSeed(seed, 'step', step)))
}
