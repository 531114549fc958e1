import { expect, it } from 'vitest'
import { dataSchema } from '../../shared/protocol/data.ts'
import { loadData } from './load.ts'

it('built-in digits are normalised as the job says', async () => {
  const normalise = { mean: [0.1], std: [0.5] }
  const schema = dataSchema.parse({ kind: 'images', classes: [...'0123456789'], normalise })
  const choice = { source: 'synthetic-digits', writer: 1, examples: 20 } as const
  const demand = { schema, validationSplit: 0.1, seed: 1, url: '' }
  const { train, validation } = await loadData(choice, demand, () => {}, new AbortController().signal)
  for (const part of [train, validation]) expect(part.scale).toEqual({ mean: [25.5], std: [127.5] })
})
