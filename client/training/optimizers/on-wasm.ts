import * as tf from '@tensorflow/tfjs-core'
import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'
import type { WasmBackend } from '../wasm/kernels.ts'
import { address, addresses } from '../wasm/native/module.ts'
import { updates } from './native/native.ts'
import type { LocalOptimizer } from './optimizer.ts'
import { correctionOf, penaltyOf, SLOTS, shrinkageOf } from './rules.ts'

/** The update rules in one pass over each weight, by SIMD in tfjs' own memory. */
export class OnWasm implements LocalOptimizer {
  private readonly settings: OptimizerSettings
  private readonly variables: readonly tf.Variable[]
  private readonly backend: WasmBackend
  private readonly slots: readonly (readonly tf.Tensor[])[]
  private steps = 0

  constructor(settings: OptimizerSettings, variables: readonly tf.Variable[], backend: WasmBackend) {
    this.settings = settings
    this.variables = variables
    this.backend = backend
    this.slots = variables.map(({ shape }) => SLOTS[settings.name].map((first) => tf.keep(tf.fill(shape, first))))
  }

  apply(gradients: readonly tf.Tensor[], learningRate: number): void {
    const { name, momentum, beta1, beta2, rho, epsilon, clipValue } = this.settings
    const kernels = updates.on(this.backend)
    this.steps++
    const scale = this.scaleOf(gradients)
    const bound = clipValue ?? Number.POSITIVE_INFINITY
    const penalty = penaltyOf(this.settings)
    this.variables.forEach((variable, i) => {
      const { size } = variable
      if (size === 0) return
      // The weights get data of their own: XNNPACK keeps what it has packed of a matrix for as long as its data's id lives.
      const next = this.backend.makeOutput(variable.shape, 'float32')
      const [w, g, out] = addresses(this.backend, variable, gradients[i] as tf.Tensor, next)
      const [first, second] = (this.slots[i] as readonly tf.Tensor[]).map((t) => address(this.backend, t)) as [
        number,
        number,
      ]
      switch (name) {
        case 'sgd':
          kernels.sgd(w, g, out, size, scale, bound, penalty, learningRate)
          break
        case 'momentum':
        case 'nesterov': {
          const ahead = name === 'nesterov' ? 1 : 0
          kernels.momentum(w, g, out, first, size, scale, bound, penalty, learningRate, momentum, ahead)
          break
        }
        case 'adam':
        case 'adamw': {
          const [c1, c2] = [correctionOf(beta1, this.steps), correctionOf(beta2, this.steps)]
          const shrinkage = shrinkageOf(this.settings, learningRate)
          const rates = [learningRate, shrinkage, beta1, beta2, c1, c2, epsilon] as const
          kernels.adam(w, g, out, first, second, size, scale, bound, penalty, ...rates)
          break
        }
        case 'adagrad':
          kernels.adagrad(w, g, out, first, size, scale, bound, penalty, learningRate, epsilon)
          break
        case 'rmsprop': {
          const rates = [learningRate, rho, momentum, epsilon] as const
          kernels.rmsprop(w, g, out, first, second, size, scale, bound, penalty, ...rates)
          break
        }
        default:
          name satisfies never
      }
      const tensor = tf.engine().makeTensorFromTensorInfo(next)
      variable.assign(tensor)
      tensor.dispose()
    })
  }

  dispose(): void {
    tf.dispose(this.slots.flat())
  }

  /** What the gradients are multiplied by so that their norm is within its bound. */
  private scaleOf(gradients: readonly tf.Tensor[]): number {
    const { clipNorm } = this.settings
    if (clipNorm === null) return 1
    const kernels = updates.on(this.backend)
    let squares = 0
    for (const gradient of gradients) {
      if (gradient.size > 0) squares += kernels.sumSquares(address(this.backend, gradient), gradient.size)
    }
    return clipNorm / Math.max(clipNorm, Math.sqrt(squares))
  }
}
