import { expect, it } from 'vitest'
import { layArenas } from './arenas.ts'

it('weights lie side by side, each where a binding may begin', () => {
  expect(layArenas([4, 1024, 300], 1 << 20)).toEqual({
    sizes: [256 + 1024 + 512],
    slices: [
      { arena: 0, offset: 0, bytes: 4 },
      { arena: 0, offset: 256, bytes: 1024 },
      { arena: 0, offset: 1280, bytes: 300 },
    ],
  })
})

it('another arena begins where one is full', () => {
  const { sizes, slices } = layArenas([512, 512, 512, 4096, 4], 1024)
  expect(sizes).toEqual([1024, 512, 4096, 256])
  expect(slices.map(({ arena }) => arena)).toEqual([0, 0, 1, 2, 3])
})

it('no weights, no arenas', () => {
  expect(layArenas([], 1024)).toEqual({ sizes: [], slices: [] })
})
