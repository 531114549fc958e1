import type * as tf from '@tensorflow/tfjs-core'
import { deriveSeed } from '../../../shared/random/random.ts'

/** What a step's random layers draw with; between steps there is nothing, and they draw as tfjs-layers does. */
export class KeySource {
  private readonly used = new Map<number, number>()
  private readonly forgetters: (() => void)[] = []
  private present: tf.Tensor | null = null

  /** Two halves of 16 bits. */
  get key(): tf.Tensor | null {
    return this.present
  }

  begin(key: tf.Tensor): void {
    this.present = key
    this.used.clear()
  }

  /** `forget`: what was kept of the step's draws. */
  onEnd(forget: () => void): void {
    this.forgetters.push(forget)
  }

  end(): void {
    this.present = null
    for (const forget of this.forgetters) forget()
  }

  /** Of a layer that draws more than once in a step, each time another. */
  next(salt: number): number {
    const before = this.used.get(salt) ?? 0
    this.used.set(salt, before + 1)
    return before === 0 ? salt : deriveSeed(salt, 'draw', before)
  }
}
