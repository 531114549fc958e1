/** Programs of one's own in a job: real coordinators, real sockets, real training. */
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { describe, expect, test } from 'vitest'
import type { Coordinator } from '../../server/main.ts'
import { closeLater, downloadParams, jobReaches, start } from '../../server/testing.integration.ts'
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { dense, sequential } from '../../shared/jobs/models.ts'
import * as tributary from './index.ts'

const NUMBERS: JobConfigInput = {
  name: 'Numbers',
  model: { tensors: { numbers: [2, 2], more: [1] } },
  data: { kind: 'own', description: 'lists of numbers' },
  rounds: 2,
  minClients: 2,
  validationSplit: 0,
  graceSeconds: 1,
}

/** y = 2x₁ − x₂ + ½, from numbers that are the same each time. */
const LINE: JobConfigInput = {
  name: 'Line',
  model: { topology: { ...sequential('line', [2], [dense('answer', 1, 'linear')]) } },
  data: { kind: 'own' },
  loss: 'mse',
  metrics: ['mae'],
  rounds: 3,
  localEpochs: 2,
  batchSize: 5,
  validationSplit: 0,
  graceSeconds: 1,
}

function points(from: number, count: number): { xs: tf.Tensor2D; ys: tf.Tensor2D } {
  const rows = Array.from(
    { length: count },
    (_, i) => [Math.sin(from + 3 * i), Math.cos(from + 7 * i)] as [number, number],
  )
  return { xs: tf.tensor2d(rows), ys: tf.tensor2d(rows.map(([a, b]) => [2 * a - b + 0.5])) }
}

function line(): layers.Sequential {
  const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] })
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' })
  return model
}

async function connect({ url }: Coordinator, options: tributary.ClientOptions = {}): Promise<tributary.Client> {
  const client = await tributary.Client.connect({ url, ...options })
  closeLater(() => client.close())
  return client
}

const over = ({ job }: { job: { state: string } }) => job.state === 'finished'

async function lastValues(coordinator: Coordinator): Promise<number[]> {
  return Array.from((await downloadParams(coordinator)).tiles.flatMap((tile) => [...tile]))
}

describe('the loop of FLARE’s example', () => {
  test('numbers are averaged by the examples behind them, whole or as differences', async () => {
    const coordinator = await start(NUMBERS)
    const take = async (examples: number, own: number[], paramsType: tributary.ParamsType) => {
      const client = await connect(coordinator, { examples })
      const rounds: number[] = []
      while (await client.isRunning()) {
        const received = await client.receive()
        expect(client.isTrain()).toBe(true)
        expect(client.isEvaluate()).toBe(false)
        expect(received.totalRounds).toBe(2)
        expect(received.params.numbers?.shape).toEqual([2, 2])
        rounds.push(received.currentRound)
        const before = Array.from(received.params.numbers?.data ?? [])
        const numbers = paramsType === 'full' ? own : own.map((value, i) => value - (before[i] ?? 0))
        const params = { numbers, more: { shape: [1], data: [paramsType === 'full' ? received.currentRound : 1] } }
        await client.send(new tributary.FLModel({ params, paramsType, metrics: { loss: 1 } }))
      }
      return rounds
    }
    const [first, second] = await Promise.all([take(10, [1, 2, 3, 4], 'full'), take(30, [5, 6, 7, 8], 'diff')])
    expect([first, second]).toEqual([
      [1, 2],
      [1, 2],
    ])
    // (10 a + 30 b) / 40, and of `more`: 1, then 2.
    expect(await lastValues(coordinator)).toEqual([4, 5, 6, 7, 2])
    const [, row] = coordinator.runner.snapshot().versions
    expect(row).toMatchObject({ updates: 2, examples: 40 })
  })

  test('what cannot be sent is refused with a sentence before it is, and the task is still there', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 1, rounds: 1 })
    const client = await connect(coordinator, { examples: 5 })
    const send = (fields: tributary.FLModelFields<Record<string, tributary.TensorLike>>) =>
      client.send(new tributary.FLModel(fields))
    await expect(send({ params: {} })).rejects.toThrow(/receive\(\) comes before/)
    const received = await client.receive()
    const good = { numbers: [1, 2, 3, 4], more: [5] }
    await expect(send({})).rejects.toThrow(/has no params/)
    await expect(send({ params: { numbers: [1, 2, 3, 4], mroe: [1] } })).rejects.toThrow(
      /more missing, mroe not of this model/,
    )
    await expect(send({ params: { ...good, numbers: [1, 2, 3] } })).rejects.toThrow(/numbers has 3 values.*\[2, 2\].*4/)
    await expect(send({ params: { ...good, numbers: { shape: [4], data: [1, 2, 3, 4] } } })).rejects.toThrow(
      /shape \[4\]; the model’s is \[2, 2\]/,
    )
    await expect(send({ params: { ...good, more: [Number.NaN] } })).rejects.toThrow(/more has NaN at position 0/)
    await expect(send({ params: good, metrics: { loss: Number.POSITIVE_INFINITY } })).rejects.toThrow(
      /loss is Infinity/,
    )
    await expect(send({ params: good, meta: { numExamples: 6 } })).rejects.toThrow(/numExamples is 6.*to the 5/)
    expect(() => client.log({ fraction: 2 })).toThrow(/from 0 to 1/)
    // What was refused is not remembered.
    client.log({ loss: 1 })
    expect(await client.receive()).toBe(received)
    expect(await send({ params: good, optimizerParams: { velocity: 1 } })).toEqual({ status: 'accepted' })
    expect(await client.isRunning()).toBe(false)
    await expect(client.receive()).rejects.toThrow(/job is over/)
    expect(await lastValues(coordinator)).toEqual([1, 2, 3, 4, 5])
    expect((await client.latest()).numbers?.data).toEqual(Float32Array.of(1, 2, 3, 4))
  })

  test('what is too large for the job is the coordinator’s to refuse, and send() throws what it says', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 1, rounds: 1, limits: { maxElement: 10 } })
    const client = await connect(coordinator)
    await client.receive()
    const params = { numbers: [1, 2, 3, 1000], more: [5] }
    await expect(client.send(new tributary.FLModel({ params }))).rejects.toMatchObject({ code: 'update/out-of-bounds' })
  })

  test('what the local optimizer remembers stays here, and comes back with the next model', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 1 })
    const client = await connect(coordinator)
    expect((await client.receive()).optimizerParams).toBeUndefined()
    const params = { numbers: [1, 2, 3, 4], more: [5] }
    const measured = new tributary.FLModel({ params, metrics: { validation_loss: 1 } })
    await expect(client.send(measured)).rejects.toThrow(/Give the option validationExamples/)
    const other = await connect(await start({ ...NUMBERS, minClients: 1 }), { examples: 5, validationExamples: 5 })
    const received = await other.receive()
    const says = (metrics: tributary.Metrics) =>
      other.send(new tributary.FLModel({ params: received.params, metrics: metrics }))
    await expect(says({ validation_accuracy: 0.5 })).rejects.toThrow(/there is no loss.*validation_loss/)
    await expect(says({ validation_loss: 1, validation_accuracy: 91 })).rejects.toThrow(/accuracy is 91.*from 0 to 1/)
    await expect(says({ validation_loss: -1 })).rejects.toThrow(/loss is -1/)
    await expect(says({ validation_loss: 1, validation_examples: 9 })).rejects.toThrow(/examples is 9/)
    expect(await says({ validation_loss: 1, validation_accuracy: 0.91 })).toEqual({ status: 'accepted' })
    await client.send(new tributary.FLModel({ params, optimizerParams: { velocity: [7] } }))
    expect((await client.receive()).optimizerParams).toEqual({ velocity: [7] })
  })

  test('metrics of the received model are its score; of a last evaluation all metrics are', async () => {
    const coordinator = await start({
      ...NUMBERS,
      metrics: ['accuracy'],
      minClients: 1,
      rounds: 1,
      validationSplit: 0.2,
    })
    const client = await connect(coordinator, { examples: 80, validationExamples: 20 })
    const kinds: string[] = []
    while (await client.isRunning()) {
      const { params } = await client.receive()
      kinds.push(client.isEvaluate() ? 'evaluate' : 'train')
      client.log({ fraction: 0.5, loss: 0.25, 'seconds in line': 3 })
      await client.send(
        client.isEvaluate()
          ? new tributary.FLModel({ metrics: { loss: 0.5, accuracy: 0.75 } })
          : new tributary.FLModel({ params, metrics: { validation_loss: 2, validation_accuracy: 0.125 } }),
      )
    }
    expect(kinds).toEqual(['train', 'evaluate'])
    await jobReaches(coordinator, over)
    const [first, last] = coordinator.runner.snapshot().versions
    expect(first?.clients).toEqual({ loss: 2, metrics: { accuracy: 0.125 }, examples: 20 })
    expect(last?.clients).toEqual({ loss: 0.5, metrics: { accuracy: 0.75 }, examples: 20 })
  })

  test('a task whose round is over says so by its signal, and its answer is not sent', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 1 })
    const client = await connect(coordinator)
    const { signal, params } = await client.receive()
    expect(signal.aborted).toBe(false)
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    await coordinator.runner.command({ type: 'stop' } as never)
    await aborted
    // What a training gives that was broken off is nobody's fault.
    expect(await client.send(new tributary.FLModel({ params, metrics: { loss: Number.NaN } }))).toEqual({
      status: 'cancelled',
    })
    expect(await client.isRunning()).toBe(false)
  })
})

describe('init', () => {
  test('the functions speak for one client; the same program may begin again', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 1, rounds: 1 })
    expect(() => tributary.isTrain()).toThrow(/init\(\{ url \}\) comes first/)
    await tributary.init({ url: `${coordinator.url}/`, examples: 3 })
    closeLater(tributary.shutdown)
    await expect(tributary.init({ url: coordinator.url })).rejects.toThrow(/called before/)
    expect(tributary.systemInfo()).toMatchObject({ url: coordinator.url, jobName: 'Numbers', clientId: /./ })
    expect(tributary.systemInfo().jobId).toBe(coordinator.runner.snapshot().job.id)
    const rounds: number[] = []
    while (await tributary.isRunning()) {
      const { currentRound, params } = await tributary.receive()
      expect(tributary.isTrain() && !tributary.isEvaluate()).toBe(true)
      rounds.push(currentRound)
      tributary.log({ loss: 1 })
      await tributary.send(new tributary.FLModel({ params }))
    }
    expect(rounds).toEqual([1])
    await tributary.shutdown()
    await tributary.init({ url: coordinator.url })
    expect(await tributary.isRunning()).toBe(false)
    await tributary.shutdown()
  })

  test('two at once are not let in, and shutdown() waits for the one that is', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 5 })
    const first = tributary.init({ url: coordinator.url })
    await expect(tributary.init({ url: coordinator.url })).rejects.toThrow(/called before/)
    await tributary.shutdown()
    await first
    await jobReaches(coordinator, (board) => board.clients.every(({ state }) => state === 'gone'))
    expect(coordinator.runner.snapshot().clients).toHaveLength(1)
    await tributary.shutdown()
  })

  test.each([
    ['a path', { url: 'http://127.0.0.1:9/fl/' }, /has an origin of its own, and no path: http:\/\/127\.0\.0\.1:9/],
    ['nobody there', { url: 'http://127.0.0.1:9', timeoutMs: 300 }, /has not answered for 0.3 s.*--allow-origin/],
    ['no address', {}, /The option url is undefined.*http:\/\/localhost:8080/],
    ['another kind of address', { url: 'ftp://a.example' }, /begins with http/],
    ['no examples', { url: 'http://127.0.0.1:9', examples: 0 }, /examples is 0; it is a whole number from 1/],
    ['half an example', { url: 'http://127.0.0.1:9', examples: 1.5 }, /examples is 1.5/],
    ['no backend', { url: 'http://127.0.0.1:9', backend: 'tpu' as never }, /backend is tpu; it is webgpu or/],
  ])('is refused with a sentence: %s', async (_, options, words) => {
    await expect(tributary.init(options)).rejects.toThrow(words)
  })

  test('a client that the job never selects is told why', async () => {
    const coordinator = await start({ ...NUMBERS, eligibility: { minExamples: 100 } })
    await expect(connect(coordinator, { examples: 5 })).rejects.toThrow(/100/)
  })
})

describe('federate', () => {
  test('one client’s fit is the fit of as many epochs alone, and the model keeps the job’s last weights', async () => {
    const coordinator = await start({ ...LINE, minClients: 1 })
    const { xs, ys } = points(1, 20)
    const first = await lastValues(coordinator)
    const alone = line()
    alone.setWeights([tf.tensor2d(first.slice(0, 2), [2, 1]), tf.tensor1d(first.slice(2))])
    await alone.fit(xs, ys, { epochs: 6, batchSize: 5, shuffle: false })
    const [kernel, bias] = await Promise.all(alone.getWeights().map((w) => w.data()))
    const expected = [...(kernel ?? []), ...(bias ?? [])]

    const rounds: number[] = []
    const model = tributary.federate(line(), { url: coordinator.url, onRound: (round) => void rounds.push(round) })
    const history = await model.fit(xs, ys, { epochs: 99, batchSize: 1, shuffle: false, validationData: [xs, ys] })
    expect(rounds).toEqual([1, 2, 3])
    expect(history.history.loss).toHaveLength(6)
    expect(history.epoch).toEqual([0, 1, 2, 3, 4, 5])
    const losses = history.history.loss as number[]
    expect(losses[5]).toBeLessThan((losses[0] as number) / 2)
    const last = await lastValues(coordinator)
    const [own, ownBias] = await Promise.all(model.getWeights().map((w) => w.data()))
    expect([...(own ?? []), ...(ownBias ?? [])]).toEqual(last)
    last.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(1e-5)
    })
    // The model of everybody, measured as each round began.
    const scores = coordinator.runner.snapshot().versions.map(({ clients }) => clients?.loss ?? null)
    expect(scores[1]).toBeLessThan(scores[0] as number)
    expect(() => tributary.federate(model, { url: coordinator.url })).toThrow(/federated already/)
    model.unfederate()
    await model.fit(xs, ys, { epochs: 1, verbose: 0 })
  })

  test('two clients with halves of the data learn the whole, and end with the same weights', async () => {
    const coordinator = await start({ ...LINE, minClients: 2, rounds: 12, localEpochs: 3 })
    const models = await Promise.all(
      [points(1, 20), points(2, 40)].map(async ({ xs, ys }) => {
        const model = tributary.federate(line(), { url: coordinator.url })
        await model.fit(xs, ys, { verbose: 0 })
        return Promise.all(model.getWeights().map(async (w) => Array.from(await w.data())))
      }),
    )
    expect(models[0]).toEqual(models[1])
    const [[a, b], [c]] = models[0] as [[number, number], [number]]
    for (const [value, exact] of [
      [a, 2],
      [b, -1],
      [c, 0.5],
    ] as const)
      expect(Math.abs(value - exact)).toBeLessThan(0.05)
    expect(coordinator.runner.snapshot().versions.at(-1)).toMatchObject({ updates: 2, examples: 60 })
  })

  test('a fit whose answer is not wanted any more ends, and the job’s end is its end', async () => {
    const coordinator = await start({ ...LINE, minClients: 1, localEpochs: 1000, batchSize: 1 })
    const { xs, ys } = points(1, 40)
    const seen: number[] = []
    const model = tributary.federate(line(), { url: coordinator.url })
    const onEpochEnd = async (epoch: number) => {
      seen.push(epoch)
      if (epoch === 2) await coordinator.runner.command({ type: 'stop' })
    }
    await model.fit(xs, ys, { verbose: 0, callbacks: { onEpochEnd } })
    expect(seen.length).toBeLessThan(900)
  })

  test('another model than the job’s is refused with both shapes', async () => {
    const coordinator = await start({ ...LINE, minClients: 1 })
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 3, inputShape: [2] })] })
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const { xs, ys } = points(1, 10)
    const { fit: train } = tributary.federate(model, { url: coordinator.url })
    await expect(train(xs, ys)).rejects.toThrow(/number 1 is .*\[2, 3\], and the job’s is answer\/kernel \[2, 1\]/)
  })
})

describe('runTrainer', () => {
  test('a trainer trains the job’s own model, measures it, and gets it in the end', async () => {
    const coordinator = await start({ ...LINE, minClients: 1, validationSplit: 0.1 })
    const data = points(1, 20)
    const rounds: [number, number][] = []
    const loss = (model: layers.LayersModel, { xs, ys }: typeof data) =>
      tf.tidy(() => tf.losses.meanSquaredError(ys, model.predict(xs) as tf.Tensor) as tf.Scalar)
    const trainer: tributary.Trainer<typeof data> = {
      async train(model, { xs, ys }, { round, totalRounds, settings, log }) {
        rounds.push([round, totalRounds])
        const optimizer = tf.train.sgd(settings.optimizer.learningRate)
        for (let step = 0; step < 10; step++)
          optimizer.minimize(() => tf.losses.meanSquaredError(ys, model.apply(xs) as tf.Tensor) as tf.Scalar)
        optimizer.dispose()
        const [value = Number.NaN] = await loss(model, { xs, ys }).data()
        log({ loss: value, fraction: 1 })
        return { numExamples: 20, metrics: { loss: value } }
      },
      async evaluate(model, given) {
        return { loss: (await loss(model, given).data())[0] as number }
      },
    }
    const model = await tributary.runTrainer(trainer, data, {
      url: coordinator.url,
      examples: 20,
      validationExamples: 20,
    })
    expect(rounds).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    await jobReaches(coordinator, over)
    const scores = coordinator.runner.snapshot().versions.map(({ clients }) => clients?.loss ?? Number.NaN)
    expect(scores).toHaveLength(4)
    expect(scores[3]).toBeLessThan(scores[0] as number)
    const weights = await Promise.all((model?.getWeights() ?? []).map((w) => w.data()))
    expect(weights.flatMap((values) => [...values])).toEqual(await lastValues(coordinator))
  })

  test('a trainer that breaks off as its signal asks is given the next model', async () => {
    const coordinator = await start({ ...LINE, minClients: 1, deadlineSeconds: 1, maxAbandonedAttempts: 3, rounds: 1 })
    let attempts = 0
    const trainer: tributary.Trainer<null> = {
      async train(model, _data, { signal }) {
        attempts++
        if (attempts === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve))
        signal.throwIfAborted()
        model.setWeights(model.getWeights())
        return undefined
      },
    }
    await tributary.runTrainer(trainer, null, { url: coordinator.url })
    expect(attempts).toBe(2)
    expect(coordinator.runner.snapshot().job.state).toBe('finished')
  })

  test('a job of tensors has no model for a trainer, and says what it is for', async () => {
    const coordinator = await start({ ...NUMBERS, minClients: 1 })
    const trainer = { train: () => undefined }
    await expect(tributary.runTrainer(trainer, null, { url: coordinator.url })).rejects.toThrow(
      /tensors without layers.*loop of receive\(\) and send\(\)/,
    )
  })

  test('what a trainer throws ends it, and the coordinator waits for nobody', async () => {
    const coordinator = await start({ ...LINE, minClients: 1 })
    const trainer = {
      train: () => {
        throw new Error('no such column')
      },
    }
    await expect(tributary.runTrainer(trainer, null, { url: coordinator.url })).rejects.toThrow('no such column')
    await jobReaches(coordinator, (board) => board.clients.every(({ state }) => state === 'gone'))
  })
})
