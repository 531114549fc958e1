import * as tf from '@tensorflow/tfjs-core'

/** What the weights are now, for as long as it is not disposed of. */
export class HeldWeights {
  private readonly weights: readonly tf.Variable[]
  private readonly held: readonly tf.Tensor[]

  constructor(weights: readonly tf.Variable[]) {
    this.weights = weights
    this.held = weights.map((weight) => tf.keep(tf.clone(weight)))
  }

  restore(): void {
    this.weights.forEach((weight, i) => {
      const before = this.held[i] as tf.Tensor
      if (weight.dataId !== before.dataId) weight.assign(before)
    })
  }

  dispose(): void {
    tf.dispose([...this.held])
  }
}

/** Runs work that may move the weights, and puts them back. */
export async function untouched<T>(weights: readonly tf.Variable[], work: () => Promise<T>): Promise<T> {
  const held = new HeldWeights(weights)
  try {
    return await work()
  } finally {
    held.restore()
    held.dispose()
  }
}
