/** T1: a tab that has done a thousand tasks holds no more than one that has done a few. */
import { expect } from '@playwright/test'
import { random } from '../shared/random/random.ts'
import { furthest } from './furthest.ts'
import { test } from './lab/laboratory.ts'
import type { TaskUpdate } from './lab/page/experiments.ts'
import { workerHeap } from './lab/worker-heap.ts'

/** A task takes a third of a second on a GPU that a program plays; with TRIBUTARY_COUNTS=full there are a thousand there too. */
const FULL = process.env.TRIBUTARY_COUNTS === 'full'
const TASKS = { webgpu: FULL ? 1000 : 30, wasm: 1000, webgl: FULL ? 1000 : 50, cpu: 1000 } as const
/** Fewer do not show whether the heap grows: V8 keeps what it has compiled. */
const HEAP_TASKS = 1000
/** Looks, and those in each of the two windows that are compared. The heap has found its size after some hundreds of tasks. */
const LOOKS = 10
const WINDOW = 3
/** What V8 keeps of compiled code comes and goes by more than this; the least in a window much less. */
const HEAP_SLACK = 256 * 1024

for (const backend of ['webgpu', 'wasm', 'webgl', 'cpu'] as const) {
  const count = TASKS[backend]
  test(`T1: ${count} tasks on ${backend} leave nothing behind`, async ({ page, laboratory }) => {
    test.setTimeout(FULL ? 1_200_000 : 300_000)
    expect(await laboratory.activate(backend)).toBe(backend)
    const looks = []
    for (let look = 0; look < LOOKS; look++) {
      await laboratory.tasks(count / LOOKS)
      looks.push({ ...(await laboratory.memory()), heap: await workerHeap(page) })
    }
    const [early, late] = [looks.slice(-2 * WINDOW, -WINDOW), looks.slice(-WINDOW)]
    for (const { tensors, bytes, gpuBytes } of late)
      expect({ tensors, bytes, gpuBytes }).toEqual({
        tensors: early[0]?.tensors,
        bytes: early[0]?.bytes,
        gpuBytes: early[0]?.gpuBytes,
      })
    if (backend === 'webgpu' || backend === 'webgl') expect(late[0]?.gpuBytes).toBeGreaterThan(0)
    if (count < HEAP_TASKS) return
    const least = (window: readonly { readonly heap: number }[]) => Math.min(...window.map(({ heap }) => heap))
    expect(least(late), `bytes of the heap, from ${looks.map(({ heap }) => heap)}`).toBeLessThan(
      least(early) + HEAP_SLACK,
    )
  })
}

test('a task’s update is the same on every backend, and one that diverges ends as such', async ({ laboratory }) => {
  let expected: TaskUpdate | null = null
  for (const backend of ['cpu', 'wasm', 'webgl', 'webgpu'] as const) {
    expect(await laboratory.activate(backend)).toBe(backend)
    const update = await laboratory.update()
    expected ??= update
    expect(sizesOf(update)).toEqual([12, 12, 12, 12, 12 * 8, 8, 8 * 3, 3])
    for (const [t, { name, values }] of update.tensors.entries()) {
      // Three steps of adam move each weight by up to 0.03.
      expect(furthest(values, expected.tensors[t]?.values ?? []), `${name} on ${backend}`).toBeLessThan(1e-4)
    }
    expect(update.tensors.flatMap(({ values }) => values.filter((value) => value !== 0)).length).toBeGreaterThan(100)

    // Batch normalisation's statistics travel with it: those of a float64 run.
    const { mean, variance } = movedStatistics(update)
    const sent = (name: string) => update.tensors.find((tensor) => tensor.name.endsWith(name))?.values ?? []
    expect(Math.min(...mean), 'something moves').toBeGreaterThan(1e-3)
    expect(furthest(sent('moving_mean'), mean), backend).toBeLessThan(1e-6)
    expect(furthest(sent('moving_variance'), variance), backend).toBeLessThan(1e-6)

    // A rate that throws the weights out of bounds.
    expect(await laboratory.failure(1e38), backend).toBe('training/diverged')
    expect(await laboratory.failure(0.01), backend).toBeNull()
  }
})

const sizesOf = ({ tensors }: TaskUpdate) => tensors.map(({ values }) => values.length)

/** How far an epoch's batches move the statistics of the input, from 0 and 1 (Ioffe & Szegedy 2015, with Keras' momentum of 0.99). */
function movedStatistics({ pixels, width, batchSize, seed }: TaskUpdate): { mean: number[]; variance: number[] } {
  const order = random(seed, 'shuffle', 0).permutation(pixels.length / width)
  const columns = Array.from({ length: width }, (_, column) => {
    const moving = { mean: 0, variance: 1 }
    for (let at = 0; at < order.length; at += batchSize) {
      const rows = Array.from(order.subarray(at, at + batchSize))
      const values = rows.map((row) => (pixels[row * width + column] as number) / 255)
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
      moving.mean = 0.99 * moving.mean + 0.01 * mean
      moving.variance = 0.99 * moving.variance + 0.01 * variance
    }
    return { mean: moving.mean, variance: moving.variance - 1 }
  })
  return { mean: columns.map(({ mean }) => mean), variance: columns.map(({ variance }) => variance) }
}
