import { describe, expect, test } from 'vitest'
import { subset } from '../shared/datasets/dataset.ts'
import { simulate } from './simulate.ts'
import { digitsFor, smallJob } from './testing/jobs.ts'

describe('a simulation', () => {
  test('gives the same model, byte for byte, in every run and on any number of threads', async () => {
    const config = smallJob({ clientsPerRound: 3, minClients: 2, seed: 5 })
    const data = await digitsFor(config, { clients: 6 })
    const first = await simulate({ config, data, threads: 1 })
    const again = await simulate({ config, data, threads: 1 })
    const onTwo = await simulate({ config, data, threads: 2 })
    expect(first.report).toMatchObject({ state: 'finished', failures: [], clients: 6 })
    expect(first.report.rounds.map(({ round, updates }) => [round, updates])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    for (const { model, report } of [again, onTwo]) {
      expect(Buffer.compare(model, first.model)).toBe(0)
      expect(report.sha256).toBe(first.report.sha256)
      expect(report.rounds.map(({ loss, metrics }) => [loss, metrics])).toEqual(
        first.report.rounds.map(({ loss, metrics }) => [loss, metrics]),
      )
    }
    const other = smallJob({ clientsPerRound: 3, minClients: 2, seed: 6 })
    expect((await simulate({ config: other, data, threads: 2 })).report.sha256).not.toBe(first.report.sha256)
  })

  test('does not depend on who is done first, where a round ends with enough answers', async () => {
    const config = smallJob({ clientsPerRound: 3, overSelection: 2, minClients: 2, rounds: 6, seed: 4 })
    // The last of them have many times the examples of the first.
    const data = await digitsFor(config, { clients: 8, partition: 'linear', examples: 100 })
    const runs = []
    for (const threads of [1, 2, 3]) runs.push((await simulate({ config, data, threads })).report)
    const [first] = runs
    expect(first?.rounds.map(({ updates }) => updates)).toEqual([3, 3, 3, 3, 3, 3])
    for (const { sha256, rounds } of runs) {
      expect(sha256).toBe(first?.sha256)
      expect(rounds.map(({ examples }) => examples)).toEqual(first?.rounds.map(({ examples }) => examples))
    }
  })

  test('learns, and scores every version on the test data, however fast rounds are', async () => {
    const config = smallJob({ rounds: 20, optimizer: { learningRate: 0.1 }, localEpochs: 2 })
    const { report } = await simulate({ config, data: await digitsFor(config), threads: 2 })
    expect(report.rounds.length).toBe(20)
    expect(report.rounds.every(({ loss }) => loss !== null)).toBe(true)
    expect(report.rounds[0]?.metrics.accuracy ?? 1).toBeLessThan(report.metrics.accuracy ?? 0)
    expect(report.metrics.accuracy).toBeGreaterThan(0.6)
    expect(report.clientsPerSecond).toBeGreaterThan(0)
  })

  test('without test data goes by what clients hold back', async () => {
    const config = smallJob({ validationSplit: 0.2 })
    const data = { ...(await digitsFor(config)), test: null, testName: '' }
    const { report } = await simulate({ config, data, threads: 2 })
    expect(report.rounds.length).toBe(3)
    expect(report.rounds.every(({ metrics }) => metrics.accuracy !== undefined)).toBe(true)
    const onOne = (await simulate({ config, data, threads: 1 })).report
    expect([onOne.loss, onOne.metrics]).toEqual([report.loss, report.metrics])
  })

  test('stops at the first version that is good enough, always at the same one', async () => {
    const config = smallJob({ rounds: 60, optimizer: { learningRate: 0.1 }, localEpochs: 2 })
    const data = await digitsFor(config)
    const until = { metric: 'accuracy', value: 0.5 }
    const [one, two] = [
      await simulate({ config, data, threads: 1, until }),
      await simulate({ config, data, threads: 2, until }),
    ]
    expect(one.report.state).toBe('stopped')
    expect(one.report.rounds.length).toBeLessThan(60)
    const reached = one.report.rounds.map(({ metrics }) => (metrics.accuracy ?? 0) >= 0.5)
    expect(reached).toEqual(reached.map((_, i) => i === reached.length - 1))
    expect(two.report.sha256).toBe(one.report.sha256)
    const atOnce = await simulate({ config, data, threads: 1, until: { metric: 'accuracy', value: 0 } })
    expect(atOnce.report.rounds.length).toBe(1)
  })

  test('ends early, with the rounds until then, when it is told to', async () => {
    const config = smallJob({ rounds: 100_000 })
    const controller = new AbortController()
    const { report } = await simulate({
      config,
      data: await digitsFor(config),
      threads: 2,
      signal: controller.signal,
      onProgress: ({ job }) => job.round >= 3 && controller.abort(),
    })
    expect(report.state).toBe('stopped')
    expect(report.rounds.length).toBeGreaterThanOrEqual(3)
  })
})

describe('a client that fails', () => {
  test('declines its task with the reason, and the others’ round is committed', async () => {
    const config = smallJob({ limits: { maxNorm: 1e9 }, rounds: 2 })
    const data = await digitsFor(config)
    // A part that is not in the dataset: the thread throws at it.
    const [first, second, third, broken] = data.parts as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
    const whole = { ...data, parts: [first, second, third, broken] }
    const names = ['a', 'b', 'c', 'd']
    const dataset = { ...data.dataset, values: data.dataset.values.slice(0) }
    const poisoned = new Float32Array(dataset.values)
    for (const index of broken) poisoned.fill(Number.NaN, index * 784, (index + 1) * 784)
    const { report } = await simulate({
      config,
      data: { ...whole, dataset: { ...dataset, values: poisoned } },
      threads: 2,
      names,
    })
    expect(report.state).toBe('finished')
    expect(report.rounds.map(({ updates, failed }) => [updates, failed])).toEqual([
      [3, 1],
      [3, 1],
    ])
    expect(report.failures).toEqual(
      [1, 2].map((round) => ({
        round,
        client: 'd',
        how: 'declined',
        reason: expect.stringContaining('The loss became NaN in training'),
      })),
    )
  })

  test('fails the job where nobody else is there, with the reason', async () => {
    const config = smallJob({ optimizer: { learningRate: 100 }, maxAbandonedAttempts: 2, limits: { maxNorm: 1e-3 } })
    const { report } = await simulate({ config, data: await digitsFor(config), threads: 2 })
    expect(report.state).toBe('failed')
    expect(report.reason).toContain('2 attempts in a row were abandoned')
    expect(report.rounds).toEqual([])
    expect(report.failures.length).toBe(8)
  })
})

describe('what could never run is refused before anything runs', () => {
  test.each([
    ['more clients wanted than there are', { minClients: 5 }, null, /needs 5 clients for a round, and there are 4/],
    [
      'nobody who may be selected',
      { eligibility: { minExamples: 1000 } },
      null,
      /Only 0 of 4 clients may be selected, and a round needs 1/,
    ],
    ['a target that is not measured', {}, { metric: 'auc', value: 0.9 }, /asks for auc, and the job measures accuracy/],
  ])('%s', async (_, change, until, message) => {
    const config = smallJob(change)
    const data = await digitsFor(config)
    await expect(simulate({ config, data, threads: 1, until })).rejects.toMatchObject({
      code: 'server/option',
      message: expect.stringMatching(message),
    })
  })

  test('a target without data to test on', async () => {
    const config = smallJob()
    const data = { ...(await digitsFor(config)), test: null }
    const until = { metric: 'accuracy', value: 0.9 }
    await expect(simulate({ config, data, threads: 1, until })).rejects.toThrow(/needs data to test versions on/)
  })

  test('a model that does not fit the data', async () => {
    const config = smallJob()
    const data = await digitsFor(config)
    const wide = { ...config, data: { ...config.data, width: 30 } as typeof config.data }
    await expect(
      simulate({ config: wide, data: { ...data, dataset: subset(data.dataset, [0, 1]) }, threads: 1 }),
    ).rejects.toMatchObject({ code: 'job/untrainable' })
  })
})
