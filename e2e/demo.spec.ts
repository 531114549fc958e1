/** The demo as a user types it, shortened; and the real MNIST where it is at hand. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import type { DemoReport } from '../server/cli/demo-report.ts'

async function demo(args: readonly string[], env: Record<string, string> = {}): Promise<DemoReport> {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/run.mjs', 'demo', '--json', ...args], {
    env: { ...process.env, ...env },
    timeout: 170_000,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

test('the demo prints what it did as one JSON object', async () => {
  const report = await demo(['--clients', '3', '--rounds', '5'])
  expect(report).toMatchObject({ backend: 'wasm', clients: 3, data: 'synthetic-digits' })
  expect(report.rounds.map((r) => r.round)).toEqual([1, 2, 3, 4, 5])
  expect(
    report.rounds.every((r) => r.updates === 3 && r.bytesUp === 3 * 25_450 * 4 && r.bytesDown > 0 && r.ms > 0),
  ).toBe(true)
  expect(report.finalAccuracy).toBe(report.rounds.at(-1)?.accuracy)
  expect(report.finalAccuracy).toBeGreaterThan(0.9)
})

test('a forced backend is the one that is used', async () => {
  const report = await demo(['--backend', 'webgpu', '--clients', '1', '--rounds', '1'])
  expect(report.backend).toBe('webgpu')
  expect(report.adapter).not.toBe('')
})

test('real MNIST is learnt and tested on its 10,000 test images', async () => {
  const folder = [process.env.TRIBUTARY_DATA, '../shared/data'].find((path) => path && existsSync(`${path}/mnist`))
  test.skip(!folder, 'no MNIST: set TRIBUTARY_DATA to a folder with mnist/')
  const report = await demo(['--data', 'mnist', '--clients', '2', '--rounds', '1'], { TRIBUTARY_DATA: folder ?? '' })
  expect(report.data).toBe('mnist iid')
  expect(report.finalAccuracy).toBeGreaterThan(0.9)
})
