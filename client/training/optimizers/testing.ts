/** The update rules in float64, written from their papers, one weight at a time: what the implementations are held against. */

import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'
import { SGD } from '../../../shared/protocol/testing.ts'

export function settingsOf(change: Partial<OptimizerSettings>): OptimizerSettings {
  return { ...SGD, ...change }
}

/** Runs `steps` steps from these weights. `slope`: the gradients at some weights, in float64. */
export function reference(
  settings: OptimizerSettings,
  start: readonly (readonly number[])[],
  slope: (weights: readonly (readonly number[])[], step: number) => readonly (readonly number[])[],
  rates: readonly number[],
): number[][] {
  const { name, momentum, beta1, beta2, rho, epsilon, weightDecay, clipNorm, clipValue } = settings
  const weights = start.map((tensor) => [...tensor])
  const first = start.map((tensor) => tensor.map(() => (name === 'adagrad' ? 0.1 : 0)))
  const second = start.map((tensor) => tensor.map(() => 0))
  rates.forEach((rate, step) => {
    const raw = slope(weights, step)
    const norm = Math.sqrt(raw.flat().reduce((sum, g) => sum + g * g, 0))
    raw.forEach((tensor, t) => {
      const [w, a, b] = [weights[t], first[t], second[t]] as [number[], number[], number[]]
      tensor.forEach((unclipped, i) => {
        let g = unclipped
        if (clipValue !== null) g = Math.sign(g) * Math.min(Math.abs(g), clipValue)
        if (clipNorm !== null && norm > clipNorm) g *= clipNorm / norm
        const before = w[i] as number
        if (name !== 'adamw') g += weightDecay * before
        const [a0, b0] = [a[i] as number, b[i] as number]
        if (name === 'sgd') w[i] = before - rate * g
        if (name === 'momentum' || name === 'nesterov') {
          a[i] = momentum * a0 + g
          w[i] = before - rate * (name === 'nesterov' ? g + momentum * (a[i] as number) : (a[i] as number))
        }
        if (name === 'adam' || name === 'adamw') {
          a[i] = beta1 * a0 + (1 - beta1) * g
          b[i] = beta2 * b0 + (1 - beta2) * g * g
          const mean = (a[i] as number) / (1 - beta1 ** (step + 1))
          const square = (b[i] as number) / (1 - beta2 ** (step + 1))
          const decayed = name === 'adamw' ? before - rate * weightDecay * before : before
          w[i] = decayed - (rate * mean) / (Math.sqrt(square) + epsilon)
        }
        if (name === 'adagrad') {
          a[i] = a0 + g * g
          w[i] = before - (rate * g) / Math.sqrt((a[i] as number) + epsilon)
        }
        if (name === 'rmsprop') {
          a[i] = rho * a0 + (1 - rho) * g * g
          b[i] = momentum * b0 + (rate * g) / Math.sqrt((a[i] as number) + epsilon)
          w[i] = before - (b[i] as number)
        }
      })
    })
  })
  return weights
}
