import { FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import type { Span } from '../tensors/layout.ts'

/**
 * Turns a pseudo-gradient into the next model. Duties of an implementation:
 * - `statistic` spans are only averaged: w + Δ, whatever the learning rate;
 * - the arguments are not changed; the result has memory of its own.
 */
export interface ServerOptimizer {
  readonly name: string
  step(weights: FlatParams, pseudoGradient: FlatParams, statistics: readonly Span[]): FlatParams
}

/** w ← w + lr·Δ. With lr = 1 this is FedAvg (rule A3; McMahan et al. 2017; Reddi et al. 2021, algorithm 2). */
export function sgdServerOptimizer(learningRate: number): ServerOptimizer {
  return {
    name: 'sgd',
    step(weights, pseudoGradient, statistics) {
      const next = FlatParams.zeros(weights.length)
      next.tiles.forEach((tile, t) => {
        const w = weights.tiles[t] as Float32Array
        const d = pseudoGradient.tiles[t] as Float32Array
        for (let i = 0; i < tile.length; i++) tile[i] = (w[i] as number) + learningRate * (d[i] as number)
      })
      if (learningRate !== 1) average(next, weights, pseudoGradient, statistics)
      return next
    },
  }
}

function average(next: FlatParams, weights: FlatParams, mean: FlatParams, spans: readonly Span[]): void {
  for (const { start, end } of spans) {
    for (let i = start; i < end; i++) {
      const t = Math.floor(i / TILE_ELEMENTS)
      const j = i % TILE_ELEMENTS
      const tile = next.tiles[t] as Float32Array
      tile[j] = (weights.tiles[t]?.[j] as number) + (mean.tiles[t]?.[j] as number)
    }
  }
}
