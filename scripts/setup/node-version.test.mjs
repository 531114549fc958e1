import { expect, it } from 'vitest'
import { isNewEnough } from './node-version.mjs'

it('takes Node 20.19 and newer', () => {
  expect(['20.19.0', '20.20.2', '22.0.0', '24.11.1'].map(isNewEnough)).toEqual([true, true, true, true])
  expect(['18.20.8', '20.18.3', '16.0.0'].map(isNewEnough)).toEqual([false, false, false])
})
