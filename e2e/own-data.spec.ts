/** A participant's own files, from the file to an update that counts. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, type Page } from '@playwright/test'
import { syntheticDigits } from '../shared/datasets/synthetic-digits.ts'
import type { JobConfigInput } from '../shared/jobs/config.ts'
import { random } from '../shared/random/random.ts'
import { type RunningCoordinator, test } from './coordinator.ts'
import { greyPng, pngOf } from './png.ts'

const COMMON = { rounds: 200, localEpochs: 1, demoData: { source: 'none' } } as const

/** Joins, and waits until an update has counted and the version was scored. */
async function contributes(page: Page, coordinator: RunningCoordinator) {
  await expect(page.getByTestId('join')).toBeEnabled({ timeout: 60_000 })
  await page.getByTestId('join').click()
  return coordinator.until(
    'a contribution, and a score',
    ({ clients, versions }) =>
      (clients[0]?.contributed ?? 0) > 0 && versions.some((version) => version.clients !== null),
    60_000,
  )
}

/** Folders zero and one with handwritten digits, dark on light, twice as large as the job's pictures. */
function writePictures(folder: string, each: number): void {
  const { values, targets, count } = syntheticDigits({ seed: 5, writer: 2, count: 400 })
  const names = ['zero', 'one']
  for (const name of names) mkdirSync(join(folder, 'digits', name), { recursive: true })
  const written = [0, 0]
  for (let i = 0; i < count; i++) {
    const label = targets.labels[i] as number
    const name = names[label]
    if (name === undefined || (written[label] as number) >= each) continue
    written[label] = (written[label] as number) + 1
    const large = Uint8Array.from({ length: 56 * 56 }, (_, at) => {
      const [x, y] = [Math.floor((at % 56) / 2), Math.floor(at / 56 / 2)]
      return 255 - (values[i * 784 + y * 28 + x] as number)
    })
    writeFileSync(join(folder, 'digits', name, `${i}.png`), greyPng(large, 56, 56))
  }
  writeFileSync(join(folder, 'digits', 'zero', 'broken.png'), greyPng(new Uint8Array(4), 2, 2).subarray(0, 30))
}

test('a folder of pictures trains, and what is broken in it is named', async ({ page, start, folder }) => {
  writePictures(folder, 20)
  const data = { classes: ['zero', 'one'], invert: true }
  const coordinator = await start({ job: { ...COMMON, model: { preset: 'mlp-32' }, data } })
  await page.goto(coordinator.url)
  await page.getByTestId('choose-folder').setInputFiles(join(folder, 'digits'))
  await expect(page.getByTestId('data-preview')).toContainText('40 examples: 36 to train on, 4 to check with')
  await expect(page.getByTestId('histogram')).toContainText('zero: 20')
  await page.getByTestId('read-report').getByText('1 thing left out').click()
  await expect(page.getByTestId('read-report')).toContainText('digits/zero/broken.png: it cannot be read as a picture')
  // Ink is dark on the disk, and full in the job's pictures; the paper is none.
  const ink = await page
    .getByTestId('thumbnail')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, 28, 28) ?? { data: new Uint8ClampedArray(4) }
      const opacity = Array.from({ length: data.length / 4 }, (_, i) => data[i * 4 + 3] as number)
      return { most: Math.max(...opacity), corner: opacity[0], inked: opacity.filter((value) => value > 100).length }
    })
  expect(ink.most).toBeGreaterThan(150)
  expect(ink.corner).toBe(0)
  expect(ink.inked).toBeGreaterThan(20)
  expect(ink.inked).toBeLessThan(300)
  const board = await contributes(page, coordinator)
  expect(board.clients[0]?.examples).toBe(36)
})

test('pictures of every format are read, and what would fill the memory is left out with a sentence', async ({
  page,
  start,
  folder,
}) => {
  const data = { width: 16, height: 16, channels: 3, classes: ['zero', 'one'] }
  const coordinator = await start({ job: { ...COMMON, model: { preset: 'mlp-32' }, data } })
  await page.goto(coordinator.url)
  for (const name of ['zero', 'one']) mkdirSync(join(folder, 'all', name), { recursive: true })
  const write = (path: string, bytes: Uint8Array) => writeFileSync(join(folder, 'all', path), bytes)
  for (const type of ['png', 'jpeg', 'webp']) {
    const drawn = await page.evaluate(async (format) => {
      const canvas = new OffscreenCanvas(300, 200)
      const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
      context.fillStyle = 'rgb(200 40 40)'
      context.fillRect(0, 0, 300, 200)
      return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: `image/${format}` })).arrayBuffer()))
    }, type)
    write(`zero/red.${type}`, Uint8Array.from(drawn))
    write(`one/cut.${type}`, Uint8Array.from(drawn.slice(0, 24)))
  }
  write('one/red.png.gz', gzipSync(readFileSync(join(folder, 'all/zero/red.png'))))
  write('one/wide.png', pngOf(60_000, 60_000, new Uint8Array(1000)))
  // Rows for a picture of 10,000 times its height.
  write('one/long.png', pngOf(30, 1000, new Uint8Array(310_000_000)))
  write('one/bomb.png.gz', gzipSync(new Uint8Array(200_000_000)))
  const began = Date.now()
  await page.getByTestId('choose-folder').setInputFiles(join(folder, 'all'))
  await expect(page.getByTestId('data-preview')).toContainText('to train on', { timeout: 20_000 })
  expect(Date.now() - began).toBeLessThan(20_000)
  const report = page.getByTestId('read-report')
  await report.locator('summary').click()
  await expect(report).toContainText(
    'all/one/wide.png: it cannot be read as a picture (it says that it is 60000 × 60000 pixels, and 100 million',
  )
  await expect(report).toContainText('all/one/bomb.png.gz unpacks to more than 134 MB')
  for (const type of ['png', 'jpeg', 'webp'])
    await expect(report).toContainText(`all/one/cut.${type}: it cannot be read as a picture`)
  await expect(page.getByTestId('histogram')).toContainText('zero: 3')
  const [red, green] = await page
    .getByTestId('thumbnail')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => Array.from(canvas.getContext('2d')?.getImageData(4, 4, 1, 1).data ?? []))
  expect(red).toBeGreaterThan(190)
  expect(green).toBeLessThan(60)
})

/** Transactions of which the large ones from abroad are fraud. */
function transactions(rows: number): string {
  const draws = random(3, 'transactions')
  const lines = Array.from({ length: rows }, () => {
    const [amount, abroad] = [Math.round(draws.uniform(1, 200)), draws.next() < 0.3]
    const fraud = abroad && amount > 100
    return `${amount},${abroad ? 'SE' : 'NO'},${fraud ? 'yes' : 'no'}`
  })
  return ['amount,country,fraud', ...lines].join('\n')
}

const FRAUD: Partial<JobConfigInput> = {
  ...COMMON,
  model: { preset: 'tabular-mlp' },
  data: {
    kind: 'table',
    columns: [
      { name: 'amount', mean: 100, std: 58 },
      { name: 'country', values: ['NO', 'SE'] },
    ],
    target: 'fraud',
    classes: ['no', 'yes'],
  },
  loss: 'binaryCrossentropy',
  metrics: ['auc', 'f1', 'accuracy'],
  localEpochs: 5,
  optimizer: { name: 'adam', learningRate: 0.01 },
}

test('a table with columns of other names trains once it is said which is which, and that is kept', async ({
  page,
  start,
}) => {
  const coordinator = await start({ job: FRAUD })
  const [, ...rows] = transactions(300).split('\n')
  const bank = (name: string, header: string) => ({
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from([header, ...rows].join('\n')),
  })
  await page.goto(coordinator.url)
  const input = page.getByTestId('choose-files')
  await input.setInputFiles(bank('bank.csv', 'Amount in NOK,Land,is_fraud'))
  await expect(page.getByTestId('problem').first()).toContainText('bank.csv has no column amount, country, fraud')
  const form = page.getByTestId('columns')
  // What is alike is guessed, and what is not is left open.
  await expect(form.getByLabel('The job’s amount is')).toHaveValue('Amount in NOK')
  await expect(form.getByLabel('The job’s fraud is')).toHaveValue('is_fraud')
  await expect(page.getByTestId('use-columns')).toBeDisabled()
  await form.getByLabel('The job’s country is').selectOption('is_fraud')
  await expect(form).toContainText('is_fraud is chosen twice')
  await form.getByLabel('The job’s country is').selectOption('Land')
  await page.getByTestId('use-columns').click()
  await expect(page.getByTestId('data-preview')).toContainText('300 examples')
  await expect(page.getByTestId('columns-said')).toHaveText(
    'amount is your Amount in NOK, country is your Land, fraud is your is_fraud',
  )

  await page.reload()
  await input.setInputFiles(bank('another.csv', 'Amount in NOK,Land,is_fraud'))
  await expect(page.getByTestId('data-preview')).toContainText('300 examples')
  // A column that cannot be it is found out, and can be changed.
  await page.getByTestId('columns-said').click()
  await form.getByLabel('The job’s amount is').selectOption('is_fraud')
  await form.getByLabel('The job’s fraud is').selectOption('Amount in NOK')
  await page.getByTestId('use-columns').click()
  await expect(page.getByTestId('problem').first()).toContainText('is not one of no, yes')
  await form.getByLabel('The job’s amount is').selectOption('Amount in NOK')
  await form.getByLabel('The job’s fraud is').selectOption('is_fraud')
  await page.getByTestId('use-columns').click()
  await expect(page.getByTestId('data-preview')).toContainText('300 examples')
  expect((await contributes(page, coordinator)).clients[0]?.contributed).toBeGreaterThan(0)
})

test('a table trains, with metrics of its own; a wrong one is refused with the sentence that mends it', async ({
  page,
  start,
}) => {
  const coordinator = await start({ job: FRAUD })
  const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.goto(coordinator.url)
  const input = page.getByTestId('choose-files')
  await expect(page.getByTestId('files')).toContainText(
    'with the columns amount, country and fraud, which is no or yes',
  )

  await input.setInputFiles(csv('sales.csv', 'amount,fraud\n1,no'))
  await expect(page.getByTestId('problem').first()).toContainText(
    'sales.csv has no column country; it has amount, fraud.',
  )
  await expect(page.getByTestId('join')).toBeDisabled()

  await input.setInputFiles(csv('bank.csv', `${transactions(300)}\nmuch,NO,no`))
  await expect(page.getByTestId('data-preview')).toContainText('300 examples')
  await expect(page.getByRole('region', { name: 'The first rows' }).getByRole('row')).toHaveCount(9)
  await page.getByTestId('read-report').getByText('1 thing left out').click()
  await expect(page.getByTestId('read-report')).toContainText('bank.csv, row 302, amount: “much” is not a number')

  expect((await contributes(page, coordinator)).clients[0]?.contributed).toBeGreaterThan(0)
  await expect(page.getByLabel(/^AUC by round/)).toBeVisible()
  const learnt = await coordinator.until(
    'a good score',
    ({ versions }) => versions.some(({ clients }) => (clients?.metrics.auc ?? 0) > 0.95),
    60_000,
  )
  const scored = learnt.versions.findLast(({ clients }) => clients !== null)?.clients
  expect(Object.keys(scored?.metrics ?? {}).sort()).toEqual(['accuracy', 'auc', 'f1'])
  expect(learnt.job.metrics).toEqual(['auc', 'f1', 'accuracy'])
})

test('a text trains to be gone on with', async ({ page, start }) => {
  const coordinator = await start({
    job: {
      ...COMMON,
      model: { preset: 'gru-text' },
      data: { kind: 'text', length: 10, stride: 3, vocabulary: [...' abcdefghijklmnopqrstuvwxyz'] },
      metrics: ['accuracy', 'perplexity'],
      optimizer: { name: 'adam', learningRate: 0.01 },
    },
  })
  await page.goto(coordinator.url)
  const buffer = Buffer.from('the quick brown fox jumps over the lazy dog and '.repeat(12))
  await page.getByTestId('choose-files').setInputFiles({ name: 'fox.txt', mimeType: 'text/plain', buffer })
  await expect(page.getByTestId('data-preview')).toContainText('the quick b')
  expect((await contributes(page, coordinator)).clients[0]?.contributed).toBeGreaterThan(0)
  await coordinator.until(
    'a perplexity far below that of guessing',
    ({ versions }) => versions.some(({ clients }) => (clients?.metrics.perplexity ?? 28) < 8),
    60_000,
  )
})
