import { describe, expect, it } from 'vitest'
import { SetupError } from '../setup/terminal.mjs'
import { gathered, machine, timed } from './evidence.mjs'
import { runLong } from './run.mjs'
import { SUITES } from './suites.mjs'

const test = (title, evidence, status = 'passed') => ({ title, status, meta: evidence ? { evidence } : {} })

describe('the long tests', () => {
  it('say which ones there are to whoever names another', async () => {
    await expect(runLong(['soak', 'sponge'])).rejects.toThrow(
      new SetupError(`There is no long test sponge: it is one of ${Object.keys(SUITES).join(', ')}.`),
    )
  })

  it('take a suite’s own files only', () => {
    const [{ files }] = SUITES.soak.parts
    expect(['soak.faults.test.ts', 'soak-memory.faults.test.ts'].every((file) => files.test(file))).toBe(true)
    expect(['soaked.faults.test.ts', 'soak.ts', 'proxy.faults.test.ts'].some((file) => files.test(file))).toBe(false)
  })

  it('gather what the tests of the suite left, by title, and nothing of failed ones', () => {
    const report = {
      testResults: [
        {
          assertionResults: [
            test('R2: a', { name: 'network', counts: { rounds: 3 }, result: { seconds: 1 } }),
            test('R2: b', { name: 'network', counts: { clients: 8 }, result: { seconds: 2 } }),
            test('another’s', { name: 'soak', counts: { rounds: 200 }, result: {} }),
            test('failed', { name: 'network', counts: { rounds: 9 }, result: {} }, 'failed'),
            test('silent'),
          ],
        },
      ],
    }
    expect(gathered('network', report)).toEqual({
      counts: { 'R2: a': { rounds: 3 }, 'R2: b': { clients: 8 } },
      result: { 'R2: a': { seconds: 1 }, 'R2: b': { seconds: 2 } },
    })
  })

  it('tell of tests in a browser how many steps they had, and what they took', () => {
    const ran = (title, duration, steps) => ({ title, tests: [{ results: [{ duration, steps }] }] })
    const specs = [ran('gradients on webgl', 61_400, [{}, {}]), ran('dropout', 900, undefined)]
    expect(timed({ suites: [{ title: 'gradients.spec.ts', specs }] })).toEqual({
      counts: { 'gradients.spec.ts: gradients on webgl': { steps: 2 }, 'gradients.spec.ts: dropout': { steps: 0 } },
      result: {
        'gradients.spec.ts: gradients on webgl': { seconds: 61 },
        'gradients.spec.ts: dropout': { seconds: 1 },
      },
    })
  })

  it('name the machine', () => {
    expect(machine()).toMatchObject({ cores: expect.any(Number), node: process.version })
  })
})
