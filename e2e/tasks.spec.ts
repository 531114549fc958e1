/** T1: a tab that has done a thousand tasks holds no more than one that has done a few. */
import { expect } from '@playwright/test'
import { test } from './lab/laboratory.ts'
import { workerHeap } from './lab/worker-heap.ts'

/** A task takes a third of a second on a GPU that a program plays; with TRIBUTARY_COUNTS=full there are a thousand there too. */
const FULL = process.env.TRIBUTARY_COUNTS === 'full'
const TASKS = { webgpu: FULL ? 1000 : 30, wasm: 1000, webgl: FULL ? 1000 : 50, cpu: 1000 } as const
/** Fewer do not show whether the heap grows: V8 keeps what it has compiled. */
const HEAP_TASKS = 1000
/** Looks, and those in each of the two windows that are compared: the second to the fifth, and the last four. */
const LOOKS = 10
const WINDOW = 4
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
    const [early, late] = [looks.slice(1, 1 + WINDOW), looks.slice(-WINDOW)]
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

test('a task’s update is the same on every backend', async ({ laboratory }) => {
  expect(await laboratory.activate('cpu')).toBe('cpu')
  const expected = await laboratory.update()
  expect(expected.length).toBe(12 * 8 + 8 + 8 * 3 + 3)
  expect(expected.filter((value) => value !== 0).length).toBeGreaterThan(100)
  for (const backend of ['wasm', 'webgl', 'webgpu'] as const) {
    expect(await laboratory.activate(backend)).toBe(backend)
    const update = await laboratory.update()
    expect(update.length).toBe(expected.length)
    const furthest = Math.max(...update.map((value, i) => Math.abs(value - (expected[i] as number))))
    // Three steps of adam move each weight by up to 0.03.
    expect(furthest, backend).toBeLessThan(1e-4)
  }
})
