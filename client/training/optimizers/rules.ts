/**
 * What the update rules have in common on all backends. For each weight w with gradient g and learning rate η:
 *
 * - sgd: w ← w − η·g
 * - momentum (Polyak 1964, as Sutskever et al. 2013): a ← μ·a + g; w ← w − η·a
 * - nesterov (Sutskever et al. 2013, section 2): a ← μ·a + g; w ← w − η·(g + μ·a)
 * - adam (Kingma & Ba 2015, algorithm 1): m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²;
 *   w ← w − η·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 * - adamw (Loshchilov & Hutter 2019, algorithm 2): w ← (1 − η·λ)·w, then as adam
 * - adagrad (Duchi et al. 2011): a ← a + g²; w ← w − η·g / √(a + ε)
 * - rmsprop (Tieleman & Hinton 2012, with momentum): s ← ρ·s + (1 − ρ)·g²; a ← μ·a + η·g / √(s + ε); w ← w − a
 *
 * Constants are where tfjs has them.
 */
import type { OptimizerName, OptimizerSettings } from '../../../shared/protocol/participant.ts'

/** What is remembered of each weight between steps, by its first value. */
export const SLOTS: { readonly [name in OptimizerName]: readonly number[] } = {
  sgd: [],
  momentum: [0],
  nesterov: [0],
  adam: [0, 0],
  adamw: [0, 0],
  adagrad: [0.1],
  rmsprop: [0, 0],
}

/** λ as a penalty on the weights' squares: that of all but adamw. */
export function penaltyOf({ name, weightDecay }: OptimizerSettings): number {
  return name === 'adamw' ? 0 : weightDecay
}

/** What adamw's weights are multiplied by in each step; 1 for all others. */
export function shrinkageOf({ name, weightDecay }: OptimizerSettings, learningRate: number): number {
  return name === 'adamw' ? 1 - learningRate * weightDecay : 1
}

/** 1 / (1 − βᵗ): moments that began at 0 are too small by that. `step`: t, from 1. */
export function correctionOf(beta: number, step: number): number {
  return 1 / (1 - beta ** step)
}
