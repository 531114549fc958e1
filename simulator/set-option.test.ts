import { describe, expect, it } from 'vitest'
import { parseJobConfig } from '../shared/jobs/config.ts'
import { digitsJob } from '../shared/jobs/templates.ts'
import { parseSetting, withSettings } from './set-option.ts'

const set = (job: unknown, ...texts: string[]) => withSettings(job, texts.map(parseSetting))

describe('--set', () => {
  it.each([
    ['rounds=3', { rounds: 3 }],
    ['name=Our class', { name: 'Our class' }],
    ['name="3"', { name: '3' }],
    ['clientsPerRound=null', { clientsPerRound: null }],
    ['metrics=["accuracy","top3"]', { metrics: ['accuracy', 'top3'] }],
    [' optimizer . learningRate = 0.5', { optimizer: { learningRate: 0.5 } }],
    ['description=a=b', { description: 'a=b' }],
    ['description=', { description: '' }],
  ])('%s puts the value in its place, as JSON where it is such', (text, expected) => {
    expect(set({}, text)).toEqual(expected)
  })

  it('leaves the rest as it was, and what it was read from too', () => {
    const job = { rounds: 2, optimizer: { name: 'adam', learningRate: 1 } }
    expect(set(job, 'optimizer.learningRate=2', 'rounds=9')).toEqual({
      rounds: 9,
      optimizer: { name: 'adam', learningRate: 2 },
    })
    expect(job.optimizer.learningRate).toBe(1)
  })

  it.each(['rounds', '=3', '', 'optimizer.=3', '.rounds=3'])('refuses %j and says how it is written', (text) => {
    expect(() => parseSetting(text)).toThrow(
      expect.objectContaining({
        code: 'server/option',
        message: expect.stringContaining('such as optimizer.learningRate'),
      }),
    )
  })

  it('refuses a field of what has none', () => {
    expect(() => set({ rounds: 3 }, 'rounds.more=1')).toThrow(
      /--set rounds\.more .* rounds is 3 there, which has no fields/,
    )
    expect(() => set([], 'rounds=1')).toThrow(/the job is \[\] there/)
  })

  it.each(['roundz=3', 'optimizer.rate=1', '__proto__=1', 'constructor.prototype.x=1', 'rounds=0'])(
    '%s is refused by the job’s schema, with the field’s name',
    (text) => {
      const [name = ''] = text.split(/[=.]/)
      expect(() => parseJobConfig(set(digitsJob, text), 'The job')).toThrow(
        expect.objectContaining({ code: 'job/invalid', message: expect.stringContaining(name) }),
      )
      expect(({} as { x?: number }).x).toBeUndefined()
    },
  )
})
