import { expect, it } from 'vitest'
import { parseJobConfig } from '../../shared/jobs/config.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import { loadDemoData } from './demo-data.ts'

it('is normalised as the job says', async () => {
  const data = { classes: [...'0123456789'], normalise: { mean: [0.1], std: [0.5] } }
  const { test } = await loadDemoData(parseJobConfig({ ...digitsJob, data }, 'a job'), undefined)
  expect(test?.scale).toEqual({ mean: [25.5], std: [127.5] })
})
