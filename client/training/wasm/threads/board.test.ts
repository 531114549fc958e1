import { describe, expect, it } from 'vitest'
import { Board, type Posting } from './board.ts'

const posting = (units: number, grain: number): Posting => ({
  kernel: 1,
  args: [7, 8],
  units,
  grain,
  room: 1000,
  roomBytes: 10,
})

describe('a board for threads', () => {
  it.each([
    [1, 1],
    [10, 3],
    [12, 4],
    [65_535, 1],
  ])('%i units in parts of %i are done once each, by one thread alone', (units, grain) => {
    const board = new Board()
    for (let times = 0; times < 3; times++) {
      const done = new Uint8Array(units)
      const given = new Set<string>()
      let most = 0
      const kernel = (...args: number[]) => {
        const [a, b, first, end, room] = args as [number, number, number, number, number]
        given.add([a, b, room].join())
        most = Math.max(most, end - first)
        for (let unit = first; unit < end; unit++) done[unit] = (done[unit] as number) + 1
      }
      expect(board.perform(posting(units, grain), [() => expect.unreachable(), kernel], 1000)).toBe(true)
      expect(done.every((count) => count === 1)).toBe(true)
      expect([[...given], most]).toEqual([['7,8,1000'], grain])
    }
    expect(board.helped).toBe(0)
  })

  it('waits for a part that another thread has taken, and says so where that takes too long', () => {
    const board = new Board()
    const other = new Board(board.memory)
    let depth = 0
    // Within the first part another thread takes the second one, and never ends it.
    const kernel = () => {
      if (depth++ === 0) expect(() => takeParts(other, [stopped, stopped])).toThrow('stopped')
    }
    expect(board.perform(posting(3, 1), [kernel, kernel], 3)).toBe(false)
    expect(depth).toBe(2)
  })

  it('throws what a kernel throws, and gives out no more parts', () => {
    const board = new Board()
    expect(() => board.perform(posting(3, 1), [stopped, stopped], 3)).toThrow('stopped')
    takeParts(new Board(board.memory), [() => expect.unreachable(), () => expect.unreachable()])
    let done = 0
    const kernel = () => void done++
    expect(board.perform(posting(3, 1), [kernel, kernel], 3)).toBe(true)
    expect(done).toBe(3)
  })

  it('where a kernel throws, waits for parts of others: nothing else may be posted before', () => {
    const board = new Board()
    const other = new Board(board.memory)
    const kernel = () => {
      expect(() => takeParts(other, [stopped, stopped])).toThrow('stopped')
      throw new Error('here as well')
    }
    expect(board.perform(posting(3, 1), [kernel, kernel], 3)).toBe(false)
  })
})

function stopped(): never {
  throw new Error('stopped')
}

/** What a thread does when it is woken. */
function takeParts(board: Board, kernels: readonly (() => void)[]): void {
  ;(board as unknown as { takeParts(kernels: readonly (() => void)[], thread: number): void }).takeParts(kernels, 1)
}
