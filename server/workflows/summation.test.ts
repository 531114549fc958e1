import { describe, expect, it } from 'vitest'
import { makeGrid } from '../../shared/aggregation/grid.ts'
import { WeightedMean } from '../../shared/aggregation/weighted-mean.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import { values } from '../../shared/tensors/testing.ts'
import { inMemory, type Room, type UpdateSource } from '../../shared/updates/source.ts'
import { Line, type Summand, Summation } from './summation.ts'

const GRID = makeGrid(100, 1024)
const attempt = (number: number) => ({ job: 'digits-1', round: 1, attempt: number })

function summand(taskId: string, source: UpdateSource): Summand {
  const limits = { maxElement: 1024, maxNorm: 1e9 }
  return { taskId, coefficient: 1, source, limits, isWanted: () => true, counted: () => {} }
}

const filled = (value: number) => FlatParams.concat([Float32Array.of(value, value, value)])

/** As from a disk: its bytes land in the room that the reader gave, and a while later the reader is told. */
class SlowSource implements UpdateSource {
  readonly length = 3
  readonly asked = new Signal()
  readonly land = new Signal()
  readonly tell = new Signal()
  private readonly value: number

  constructor(value: number) {
    this.value = value
  }

  async *tiles(room?: Room): AsyncGenerator<Float32Array> {
    const tile = room?.(0) ?? new Float32Array(3)
    this.asked.give()
    await this.land.given
    tile.fill(this.value)
    await this.tell.given
    yield tile
  }
}

class Signal {
  give: () => void = () => {}
  readonly given = new Promise<void>((resolve) => {
    this.give = resolve
  })
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the sum of an attempt', () => {
  it('A1, R6: what is still read for an abandoned attempt does not come between the next one’s bytes', async () => {
    const mean = new WeightedMean(attempt(1), GRID, 3)
    const line = new Line()
    const [before, after] = [new Summation(mean, line, () => {}), new Summation(mean, line, () => {})]
    const [late, early] = [new SlowSource(999), new SlowSource(1)]
    const first = before.add(summand('a', late))
    await late.asked.given
    const closed = before.close()
    mean.reset(attempt(2), GRID)
    const second = after.add(summand('b', early))
    for (const step of [early.land, late.land, early.tell, late.tell]) {
      step.give()
      await turn()
    }
    expect(await first).toBe('stopped')
    expect(await second).toBe('added')
    await closed
    expect(values(mean.finish())).toEqual([1, 1, 1])
    expect([...mean.taskIds]).toEqual(['b'])
  })

  it('takes one after the other, and goes on after one that is refused', async () => {
    const mean = new WeightedMean(attempt(1), GRID, 3)
    const sum = new Summation(mean, new Line(), () => {})
    const [bad, good] = [summand('a', inMemory(filled(Number.NaN))), summand('b', inMemory(filled(2)))]
    const added = [sum.add(bad).catch((thrown: { code?: string }) => thrown.code), sum.add(good)]
    expect(await Promise.all(added)).toEqual(['update/not-finite', 'added'])
    await sum.close()
    expect(await sum.add(summand('c', inMemory(filled(4))))).toBe('stopped')
    expect(values(mean.finish())).toEqual([2, 2, 2])
  })

  it('says that the sums are lost where bytes that were added cannot be read again', async () => {
    const mean = new WeightedMean(attempt(1), GRID, 3)
    const lost: string[] = []
    const sum = new Summation(mean, new Line(), (reason) => lost.push(reason))
    let readings = 0
    const failing: UpdateSource = {
      length: 3,
      tiles() {
        if (readings++ > 0) throw new Error('the disk failed')
        return filled(5).tiles
      },
    }
    let asked = 0
    const unwanted = { ...summand('a', failing), isWanted: () => asked++ < 2 }
    await expect(sum.add(unwanted)).rejects.toThrow('the disk failed')
    expect(lost).toEqual(['the disk failed'])
  })
})
