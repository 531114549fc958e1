import * as tf from '@tensorflow/tfjs-core'
import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'
import type { LocalOptimizer } from './optimizer.ts'
import { correctionOf, penaltyOf, SLOTS, shrinkageOf } from './rules.ts'

/** Numbers that stay the same: as operands, tfjs would upload them anew each time. */
type Constant = 'momentum' | 'beta1' | 'rest1' | 'beta2' | 'rest2' | 'rho' | 'restRho' | 'epsilon' | 'penalty'

/** Those of one step. */
interface StepScalars {
  readonly learningRate: tf.Scalar
  readonly shrinkage: tf.Scalar
  readonly correction1: tf.Scalar
  readonly correction2: tf.Scalar
}

interface Updated {
  readonly weight: tf.Tensor
  readonly slots: readonly tf.Tensor[]
}

/** The update rules by tfjs' operations, for any backend. */
export class OnTensors implements LocalOptimizer {
  private readonly settings: OptimizerSettings
  private readonly variables: readonly tf.Variable[]
  private readonly constants: Readonly<Record<Constant, tf.Scalar>>
  private slots: (readonly tf.Tensor[])[]
  private steps = 0

  constructor(settings: OptimizerSettings, variables: readonly tf.Variable[]) {
    const { name, momentum, beta1, beta2, rho, epsilon } = settings
    this.settings = settings
    this.variables = variables
    const numbers = { momentum, beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2, rho, restRho: 1 - rho, epsilon }
    const all = { ...numbers, penalty: penaltyOf(settings) }
    this.constants = Object.fromEntries(
      Object.entries(all).map(([key, value]) => [key, tf.keep(tf.scalar(value))]),
    ) as Record<Constant, tf.Scalar>
    this.slots = variables.map(({ shape }) => SLOTS[name].map((first) => tf.keep(tf.fill(shape, first))))
  }

  apply(gradients: readonly tf.Tensor[], learningRate: number): void {
    const { settings } = this
    this.steps++
    const before = this.slots
    this.slots = tf.tidy(() => {
      const now: StepScalars = {
        learningRate: tf.scalar(learningRate),
        shrinkage: tf.scalar(shrinkageOf(settings, learningRate)),
        correction1: tf.scalar(correctionOf(settings.beta1, this.steps)),
        correction2: tf.scalar(correctionOf(settings.beta2, this.steps)),
      }
      return this.clipped(gradients).map((gradient, i) => {
        const variable = this.variables[i] as tf.Variable
        const { penalty } = this.constants
        const whole = penaltyOf(settings) === 0 ? gradient : tf.add(gradient, tf.mul(variable, penalty))
        const slots = before[i] as readonly tf.Tensor[]
        // What one weight's update needs is let go of before the next one's.
        return tf.tidy(() => {
          const { weight, slots: next } = this.updated(variable, whole, slots, now)
          variable.assign(weight)
          return next.map((slot) => tf.keep(slot))
        })
      })
    })
    tf.dispose(before.flat())
  }

  dispose(): void {
    tf.dispose(this.slots.flat())
    tf.dispose(Object.values(this.constants))
    this.slots = []
  }

  private clipped(gradients: readonly tf.Tensor[]): readonly tf.Tensor[] {
    const { clipNorm, clipValue } = this.settings
    if (clipValue !== null) return gradients.map((gradient) => tf.clipByValue(gradient, -clipValue, clipValue))
    if (clipNorm === null) return gradients
    // One after the other: tfjs' addN gives 0 for more than 7 on webgpu.
    const squares = gradients.map((gradient) => tf.sum(tf.square(gradient))).reduce((a, b) => tf.add(a, b))
    const bound = tf.scalar(clipNorm)
    const scale = tf.div(bound, tf.maximum(tf.sqrt(squares), bound))
    return gradients.map((gradient) => tf.mul(gradient, scale))
  }

  private updated(w: tf.Tensor, g: tf.Tensor, slots: readonly tf.Tensor[], now: StepScalars): Updated {
    const { momentum, beta1, rest1, beta2, rest2, rho, restRho, epsilon } = this.constants
    const [first, second] = slots as [tf.Tensor, tf.Tensor]
    const down = (by: tf.Tensor): tf.Tensor => tf.sub(w, tf.mul(by, now.learningRate))
    switch (this.settings.name) {
      case 'sgd':
        return { weight: down(g), slots: [] }
      case 'momentum': {
        const a = tf.add(tf.mul(first, momentum), g)
        return { weight: down(a), slots: [a] }
      }
      case 'nesterov': {
        const a = tf.add(tf.mul(first, momentum), g)
        return { weight: down(tf.add(g, tf.mul(a, momentum))), slots: [a] }
      }
      case 'adam':
      case 'adamw': {
        const m = tf.tidy(() => tf.add(tf.mul(first, beta1), tf.mul(g, rest1)))
        const v = tf.tidy(() => tf.add(tf.mul(second, beta2), tf.mul(tf.square(g), rest2)))
        const root = tf.tidy(() => tf.add(tf.sqrt(tf.mul(v, now.correction2)), epsilon))
        const by = tf.tidy(() => tf.mul(tf.div(tf.mul(m, now.correction1), root), now.learningRate))
        const kept = this.settings.name === 'adamw' ? tf.mul(w, now.shrinkage) : w
        return { weight: tf.sub(kept, by), slots: [m, v] }
      }
      case 'adagrad': {
        const a = tf.add(first, tf.square(g))
        return { weight: down(tf.div(g, tf.sqrt(tf.add(a, epsilon)))), slots: [a] }
      }
      case 'rmsprop': {
        const s = tf.add(tf.mul(first, rho), tf.mul(tf.square(g), restRho))
        const by = tf.mul(tf.div(g, tf.sqrt(tf.add(s, epsilon))), now.learningRate)
        const a = tf.add(tf.mul(second, momentum), by)
        return { weight: tf.sub(w, a), slots: [s, a] }
      }
      default:
        return this.settings.name satisfies never
    }
  }
}
