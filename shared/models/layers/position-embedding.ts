import * as tf from '@tensorflow/tfjs-core'
import { initializers, type LayerVariable, layers } from '@tensorflow/tfjs-layers'
import { type Initializer, initializerOf, serialized } from './initializer.ts'
import { soleInput } from './layers-in.ts'

type Shape = (number | null)[]

export interface PositionEmbeddingArgs {
  name?: string
  trainable?: boolean
  initializer?: unknown
}

/**
 * Adds a trained vector for each place in time to [batch, time, features] (Gehring et al. 2017, section 3.1). Its time must be
 * known when the model is built.
 */
export class PositionEmbedding extends layers.Layer {
  static className = 'PositionEmbedding'
  private readonly initializer: Initializer
  private embeddings!: LayerVariable

  constructor(given: PositionEmbeddingArgs) {
    super(given as never)
    this.initializer = initializerOf(given.initializer, () =>
      initializers.randomUniform({ minval: -0.05, maxval: 0.05 }),
    )
  }

  override build(inputShape: Shape): void {
    const [, time, features] = inputShape
    if (inputShape.length !== 3 || !time || !features)
      throw new Error(`PositionEmbedding takes [batch, time, features], time and features known, not [${inputShape}].`)
    this.embeddings = this.addWeight('embeddings', [time, features], 'float32', this.initializer)
    this.built = true
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.add(soleInput(inputs), this.embeddings.read()))
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), initializer: serialized(this.initializer) }
  }
}
tf.serialization.registerClass(PositionEmbedding)
