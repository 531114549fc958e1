import type { Augmentation } from '../../../../shared/protocol/data.ts'
import { percent } from '../../../ui/format.ts'

/** What training does to one's pictures, in a sentence; empty where it does nothing. */
export function variedWords(steps: readonly Augmentation[]): string {
  if (steps.length === 0) return ''
  const words = steps.map(wordsOf)
  const last = words.pop()
  const all = words.length > 0 ? `${words.join(', ')} and ${last}` : last
  return `Training sees each picture a little otherwise every time: ${all}.`
}

function wordsOf(step: Augmentation): string {
  switch (step.kind) {
    case 'flip':
      return 'mirrored or not'
    case 'shift':
      return `moved by up to ${step.pixels} pixels`
    case 'rotate':
      return `turned by up to ${step.degrees}°`
    case 'brightness':
      return `lighter or darker by up to ${percent(step.by, 0)}`
    case 'contrast':
      return `with up to ${percent(step.by, 0)} more or less contrast`
    case 'noise':
      return `with noise of ${percent(step.deviation, 0)}`
    case 'cutout':
      return `without a square of ${step.pixels} pixels`
    default:
      return step satisfies never
  }
}
