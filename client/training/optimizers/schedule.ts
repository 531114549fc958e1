import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'

/**
 * The learning rate after `rounds` rounds, parts of rounds included. cosine: Loshchilov & Hutter 2017, equation 5, without
 * restarts. Warm-up: Goyal et al. 2017, section 2.2, from 0.
 */
export function learningRateAt({ learningRate, schedule }: OptimizerSettings, rounds: number): number {
  const { kind, period, factor, warmUp } = schedule
  const rising = warmUp > 0 ? Math.min(1, rounds / warmUp) : 1
  switch (kind) {
    case 'constant':
      return learningRate * rising
    case 'step':
      return learningRate * rising * factor ** Math.floor(rounds / period)
    case 'cosine': {
      const part = Math.min(1, rounds / period)
      return learningRate * rising * (factor + ((1 - factor) * (1 + Math.cos(Math.PI * part))) / 2)
    }
    default:
      return kind satisfies never
  }
}

/**
 * That of a task's `step`, from 0, of `steps`, in this round, from 1. It is the one of the step's middle, so that a warm-up
 * does not begin with a step that goes nowhere, nor a cosine end with one.
 */
export function learningRateOf(settings: OptimizerSettings, round: number, step: number, steps: number): number {
  return learningRateAt(settings, round - 1 + (step + 0.5) / steps)
}
