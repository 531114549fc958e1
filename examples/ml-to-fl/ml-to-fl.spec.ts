/** The packed Client API in a project outside this one: its types, a program in Node, and a plain page of another origin. */
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { type StartOptions, test } from '../../e2e/coordinator.ts'
import { run } from '../../scripts/setup/child.mjs'
import { inRoot, tool } from '../../scripts/setup/paths.mjs'
import { jobOf } from '../stage/coordinator.ts'
import { installedProject, serve } from './project.ts'

let project: Awaited<ReturnType<typeof installedProject>>
test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  test.setTimeout(300_000)
  project = await installedProject()
})
test.afterAll(() => project?.remove())

const NUMBERS: NonNullable<StartOptions['job']> = {
  name: 'Numbers',
  model: { tensors: { numbers: [2] } },
  data: { kind: 'own' },
  demoData: { source: 'none' },
  rounds: 2,
  validationSplit: 0,
}

const federated = new URL('federated/', import.meta.url).pathname
const centralised = new URL('centralised/', import.meta.url).pathname

test('the twins are at most six lines apart', async () => {
  const args = ['diff', '--no-index', '--numstat', centralised, federated]
  const { text } = await run('git', args, { output: 'capture' })
  const changed = text
    .trim()
    .split('\n')
    .map((line) => line.split('\t').slice(0, 2).map(Number))
  const lines = changed.reduce((sum, [added = 0, removed = 0]) => sum + added + removed, 0)
  expect(lines).toBeGreaterThan(0)
  expect(lines).toBeLessThanOrEqual(6)
})

test('plain pages of another origin, not isolated, learn together what neither has', async ({
  start,
  page,
  context,
}) => {
  const site = await serve(project.folder)
  const job = await jobOf(new URL('job.json', import.meta.url), { rounds: 8 })
  const coordinator = await start({ job, args: ['--allow-origin', site.origin] })
  try {
    const other = await context.newPage()
    const open = (tab: typeof page, part: number) =>
      tab.goto(`${site.origin}/federated/?part=${part}&coordinator=${encodeURIComponent(coordinator.url)}`)
    await Promise.all([open(page, 0), open(other, 1)])
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false)
    const board = await coordinator.until('the end', ({ job: { state } }) => state === 'finished')
    expect(board.versions.at(-1)).toMatchObject({ version: 8, updates: 2, examples: 400 })
    const said = /Right on (\d+) % of both moons/
    await expect(page.locator('#said')).toHaveText(said)
    await expect(other.locator('#said')).toHaveText(said)
    // The same weights: the same answers.
    expect(await page.locator('#said').innerText()).toBe(await other.locator('#said').innerText())
    expect(Number(said.exec(await page.locator('#said').innerText())?.[1])).toBeGreaterThan(60)
  } finally {
    site.close()
  }
})

test('a page of an origin that was not allowed is turned away, and told what to do', async ({ start, page }) => {
  const site = await serve(project.folder)
  const coordinator = await start({ job: await jobOf(new URL('job.json', import.meta.url)) })
  try {
    await page.goto(`${site.origin}/centralised/`)
    const told = await page.evaluate(async (url) => {
      const path = '../node_modules/tributary-fl/browser/tributary-client.js'
      const { init } = (await import(path)) as { init(options: object): Promise<void> }
      return init({ url, timeoutMs: 3000 }).then(String, (error: Error) => error.message)
    }, coordinator.url)
    expect(told).toMatch(/has not answered for 3 s.*--allow-origin/)
  } finally {
    site.close()
  }
})

test('a Worker of such a page takes part', async ({ start, page }) => {
  await writeFile(
    join(project.folder, 'worker.js'),
    `import { Client, FLModel } from './node_modules/tributary-fl/browser/tributary-client.js'
onmessage = async ({ data: url }) => {
  const client = await Client.connect({ url, examples: 2 })
  while (await client.isRunning()) {
    const { params } = await client.receive()
    await client.send(new FLModel({ params: { numbers: params.numbers.data.map((n) => n + 1) } }))
  }
  postMessage(Array.from((await client.latest()).numbers.data))
}
`,
  )
  const site = await serve(project.folder)
  const coordinator = await start({ job: NUMBERS, args: ['--allow-origin', site.origin] })
  try {
    await page.goto(`${site.origin}/centralised/`)
    const numbers = await page.evaluate(
      (url) =>
        new Promise((resolve, reject) => {
          const worker = new Worker('../worker.js', { type: 'module' })
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
          worker.postMessage(url)
        }),
      coordinator.url,
    )
    expect(numbers).toEqual([2, 2])
  } finally {
    site.close()
  }
})

test('the packed modules find the program’s own TensorFlow.js, when it is needed', async ({ start }) => {
  const coordinator = await start({
    job: await jobOf(new URL('job.json', import.meta.url), { rounds: 1, minClients: 1 }),
  })
  const program = `import * as tf from '@tensorflow/tfjs'
import { federate } from 'tributary-fl/client'
const model = tf.sequential({ layers: [
  tf.layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
  tf.layers.dense({ units: 16, activation: 'relu' }),
  tf.layers.dense({ units: 1, activation: 'sigmoid' }),
] })
model.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy' })
federate(model, { url: process.argv[2] })
const { epoch } = await model.fit(tf.randomNormal([20, 2]), tf.ones([20, 1]), { verbose: 0 })
console.log('trained ' + epoch.length + ' epochs')
`
  await writeFile(join(project.folder, 'federated.mjs'), program)
  const ran = await run(process.execPath, ['federated.mjs', coordinator.url], {
    cwd: project.folder,
    output: 'capture',
  })
  expect(ran.text).toContain('trained 3 epochs')
})

test('a program in Node takes part with what the tarball brings, in strict TypeScript', async ({ start }) => {
  const coordinator = await start({
    job: NUMBERS,
  })
  const program = `import { Client, FLModel, TributaryError, type ReceivedModel } from 'tributary-fl/client'
import { readExamples } from 'tributary-fl/data'

const client: Client = await Client.connect({ url: process.argv[2] ?? '', examples: 3 })
while (await client.isRunning()) {
  const received: ReceivedModel = await client.receive()
  const numbers: Float32Array | undefined = received.params['numbers']?.data
  const { status } = await client.send(new FLModel({ params: { numbers: Array.from(numbers ?? [], (n) => n + 1) } }))
  if (status !== 'accepted') throw new TributaryError('internal', status)
}
const csv = new File(['a,b,label\\n1,2,yes\\n3,4,no\\n'], 'rows.csv')
const { dataset } = await readExamples([csv], { kind: 'table', columns: [{ name: 'a' }, { name: 'b' }], target: 'label', classes: ['no', 'yes'] })
console.log(JSON.stringify({ numbers: Array.from((await client.latest())['numbers']?.data ?? []), values: Array.from(dataset.values) }))
`
  await writeFile(join(project.folder, 'program.ts'), program)
  // Types of Node are the program's own affair; here they are lent.
  await cp(inRoot('node_modules', '@types', 'node'), join(project.folder, 'node_modules/@types/node'), {
    recursive: true,
  })
  await cp(inRoot('node_modules', 'undici-types'), join(project.folder, 'node_modules/undici-types'), {
    recursive: true,
  })
  const options = [
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--skipLibCheck',
    'false',
    '--types',
    'node',
  ]
  const lib = ['--lib', 'es2023,dom,dom.iterable,esnext.disposable']
  const compiled = await run(process.execPath, [tool('typescript', 'bin/tsc'), ...options, ...lib, 'program.ts'], {
    cwd: project.folder,
    output: 'capture',
  })
  // TensorFlow.js’ own types do not pass so strict a check.
  expect(compiled.text.split('\n').filter((line) => /tributary-fl|program\.ts/.test(line))).toEqual([])
  const ran = await run(process.execPath, ['program.js', coordinator.url], { cwd: project.folder, output: 'capture' })
  expect(ran.text).toContain('{"numbers":[2,2],"values":[1,2,3,4]}')
  expect(ran.code).toBe(0)
})
