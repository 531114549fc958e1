/** Small stand-ins for CIFAR-10's files and for a folder of pictures, through the whole example. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../../e2e/coordinator.ts'
import { greyPng } from '../../e2e/png.ts'
import { findBrowser } from '../../scripts/setup/browser.mjs'
import { run } from '../../scripts/setup/child.mjs'
import { inRoot } from '../../scripts/setup/paths.mjs'
import { random } from '../../shared/random/random.ts'

const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']

/** Noise around a brightness of the class's own. */
function pixels(label: number, seed: number, count: number): Uint8Array {
  const draw = random(seed, 'pictures', label)
  return Uint8Array.from({ length: count }, () => 20 + 22 * label + draw.int(15))
}

async function example(folder: string) {
  const main = inRoot('examples', 'stage', 'main.ts')
  const env = { TRIBUTARY_BROWSER: findBrowser() ?? '' }
  const args = ['--import', 'tsx', main, 'cifar10', folder, '--small', '--json']
  return run(process.execPath, args, { output: 'capture', env, limitMs: 150_000 })
}

function outcome(text: string) {
  const line = text.split('\n').find((one) => one.startsWith('{')) ?? `{"said": ${JSON.stringify(text)}}`
  return JSON.parse(line) as { examples?: number[]; scores?: { loss: number; metrics: object }[]; said?: string }
}

test('files of CIFAR-10’s binary version are dealt out, read and trained on', async ({ folder }) => {
  for (const name of ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch.bin']) {
    const records = Array.from({ length: 100 }, (_, i) => Buffer.from([i % 10, ...pixels(i % 10, i, 3072)]))
    writeFileSync(join(folder, name), Buffer.concat(records))
  }
  const { code, text } = await example(folder)
  expect(outcome(text)).toMatchObject({ examples: [90, 90] })
  expect(outcome(text).scores).toHaveLength(4)
  expect(Object.keys(outcome(text).scores?.[0]?.metrics ?? {}).sort()).toEqual(['accuracy', 'top3'])
  expect(code).toBe(0)
})

test('pictures in folders named as the classes are dealt out, read and trained on', async ({ folder }) => {
  CLASSES.forEach((name, label) => {
    mkdirSync(join(folder, name))
    for (let i = 0; i < 8; i++)
      writeFileSync(join(folder, name, `${i}.png`), greyPng(pixels(label, i, 48 * 48), 48, 48))
  })
  const { code, text } = await example(folder)
  expect(outcome(text)).toMatchObject({ examples: [36, 36] })
  expect(code).toBe(0)
})

test('what is no such folder is refused with the sentence that mends it', async ({ folder }) => {
  const { code, text } = await example(join(folder, 'nowhere'))
  expect(code).toBe(1)
  expect(text).toMatch(/nowhere is no folder\. Give a folder with data_batch_1\.bin/)
})
