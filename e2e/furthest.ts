import { expect } from '@playwright/test'
import { furthest as distance } from '../client/training/replay/distance.ts'

/** How far two lists of the same length are apart at most: infinitely where one of them is not finite. */
export function furthest(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(values.length).toBe(expected.length)
  return distance(values, expected)
}
