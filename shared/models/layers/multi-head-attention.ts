import * as tf from '@tensorflow/tfjs-core'
import { initializers, type LayerVariable, layers } from '@tensorflow/tfjs-layers'
import { type Initializer, initializerFor, initializerOf, serialized } from './initializer.ts'

type Shape = (number | null)[]
type Kwargs = { readonly training?: boolean }

export interface MultiHeadAttentionArgs {
  name?: string
  trainable?: boolean
  numHeads: number
  /** Features of a query and of a key in each head. */
  keyDim: number
  /** Features of a value in each head: keyDim where it is left out. */
  valueDim?: number | null
  /** Part of the attention weights that is dropped in training, from 0 to below 1. */
  dropout?: number
  useBias?: boolean
  /** Whether each place attends to itself and what comes before it alone. */
  causal?: boolean
  kernelInitializer?: unknown
  biasInitializer?: unknown
}

interface Settings {
  readonly numHeads: number
  readonly keyDim: number
  readonly valueDim: number
  readonly dropout: number
  readonly useBias: boolean
  readonly causal: boolean
}

interface Projection {
  readonly kernel: LayerVariable
  readonly bias: LayerVariable | null
}

/** What a place that must not be seen has before the softmax: its exponential is 0. */
const HIDDEN = -1e9

/**
 * Scaled dot-product attention in several heads (Vaswani et al. 2017, section 3.2.2), with the weights of Keras' layer of this
 * name: query, key and value kernels [features, heads, keyDim], the output's [heads, valueDim, features].
 *
 * Applied to [batch, time, features], or to a list [query, value] or [query, value, key] of such. The output has the query's
 * shape. `causal`, in Keras an argument of the call, belongs to the layer. Throws where a number is out of its range.
 */
export class MultiHeadAttention extends layers.Layer {
  static className = 'MultiHeadAttention'
  private readonly args: Settings
  private readonly kernelInitializer: Initializer
  private readonly biasInitializer: Initializer
  private query!: Projection
  private key!: Projection
  private value!: Projection
  private output_!: Projection

  constructor(given: MultiHeadAttentionArgs) {
    super(given as never)
    const { numHeads, keyDim, dropout = 0, useBias = true, causal = false } = given
    const valueDim = given.valueDim ?? keyDim
    for (const [name, n] of Object.entries({ num_heads: numHeads, key_dim: keyDim, value_dim: valueDim }))
      if (!Number.isInteger(n) || n < 1)
        throw new Error(`MultiHeadAttention: ${name} is ${n}. Give a whole number from 1.`)
    if (!(dropout >= 0 && dropout < 1))
      throw new Error(`MultiHeadAttention: dropout is ${dropout}. Give 0 or more, below 1.`)
    for (const name of ['outputShape', 'attentionAxes'] as const)
      if ((given as unknown as Record<string, unknown>)[name])
        throw new Error(`MultiHeadAttention: ${name} is not supported. Leave it out.`)
    this.kernelInitializer = initializerOf(given.kernelInitializer, () => initializers.glorotUniform({}))
    this.biasInitializer = initializerOf(given.biasInitializer, () => initializers.zeros())
    this.args = { numHeads, keyDim, valueDim, dropout, useBias, causal }
  }

  override build(inputShape: Shape | Shape[]): void {
    const [query, value, key = value] = shapesOf(inputShape)
    const { numHeads, keyDim, valueDim } = this.args
    const heads = (name: string, features: number, dim: number) =>
      this.projection(name, [features, numHeads, dim], [numHeads, dim])
    this.query = heads('query', featuresOf(query), keyDim)
    this.key = heads('key', featuresOf(key), keyDim)
    this.value = heads('value', featuresOf(value), valueDim)
    const features = featuresOf(query)
    this.output_ = this.projection('attention_output', [numHeads, valueDim, features], [features])
    this.built = true
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return shapesOf(inputShape)[0]
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training = false }: Kwargs): tf.Tensor {
    const [query, value = query, key = value] = (Array.isArray(inputs) ? inputs : [inputs]) as [tf.Tensor]
    const { numHeads, keyDim, valueDim } = this.args
    return tf.tidy(() => {
      const q = this.split(query, this.query, keyDim)
      const k = this.split(key, this.key, keyDim)
      const v = this.split(value, this.value, valueDim)
      const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(keyDim))
      const weights = tf.softmax(this.args.causal ? tf.add(scores, hidden(scores.shape)) : scores)
      const seen = tf.matMul(training ? this.drop(weights) : weights, v)
      const [batch, time, features] = query.shape as [number, number, number]
      const joined = tf.transpose(tf.reshape(seen, [batch, numHeads, time, valueDim]), [0, 2, 1, 3])
      const flat = tf.reshape(joined, [batch * time, numHeads * valueDim]) as tf.Tensor2D
      return tf.reshape(product(flat, this.output_), [batch, time, features])
    })
  }

  /** The weights' share in `dropout`; a trainer that must know which ones puts its own in its place. */
  drop(weights: tf.Tensor): tf.Tensor {
    return this.rate > 0 ? tf.dropout(weights, this.rate) : weights
  }

  get rate(): number {
    return this.args.dropout
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      ...this.args,
      kernelInitializer: serialized(this.kernelInitializer),
      biasInitializer: serialized(this.biasInitializer),
    }
  }

  private projection(name: string, kernel: Shape, bias: Shape): Projection {
    const initializer = initializerFor(name, this.kernelInitializer)
    return {
      kernel: this.addWeight(`${name}/kernel`, kernel, 'float32', initializer),
      bias: this.args.useBias ? this.addWeight(`${name}/bias`, bias, 'float32', this.biasInitializer) : null,
    }
  }

  /** [batch, time, features] as [batch · heads, time, dim]. */
  private split(x: tf.Tensor, projection: Projection, dim: number): tf.Tensor3D {
    const { numHeads } = this.args
    const [batch, time, features] = x.shape as [number, number, number]
    const flat = product(tf.reshape(x, [batch * time, features]) as tf.Tensor2D, projection)
    const heads = tf.transpose(tf.reshape(flat, [batch, time, numHeads, dim]), [0, 2, 1, 3])
    return tf.reshape(heads, [batch * numHeads, time, dim])
  }
}
tf.serialization.registerClass(MultiHeadAttention)

/** [n, in] × the kernel as a matrix, and its bias. */
function product(x: tf.Tensor2D, { kernel, bias }: Projection): tf.Tensor2D {
  const matrix = tf.reshape(kernel.read(), [x.shape[1], -1]) as tf.Tensor2D
  const plain = tf.matMul(x, matrix) as tf.Tensor2D
  return bias ? tf.add(plain, tf.reshape(bias.read(), [-1])) : plain
}

/** [time, time] of 0, and HIDDEN where the column comes after the row. */
function hidden(shape: readonly number[]): tf.Tensor2D {
  const [rows, columns] = shape.slice(-2) as [number, number]
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    i % columns > Math.floor(i / columns) ? HIDDEN : 0,
  )
  return tf.tensor2d(values, [rows, columns])
}

function shapesOf(shape: Shape | Shape[]): [query: Shape, value: Shape, key?: Shape] {
  const all = (Array.isArray(shape[0]) ? shape : [shape, shape]) as [Shape, Shape, Shape?]
  for (const one of all) {
    if (one?.length === 3) continue
    throw new Error(`MultiHeadAttention takes [batch, time, features], not [${one}].`)
  }
  return all
}

function featuresOf(shape: Shape): number {
  const features = shape.at(-1)
  if (!features) throw new Error(`MultiHeadAttention must know how many features its inputs have: [${shape}].`)
  return features
}
