import { expect, it } from 'vitest'
import { judgeProtocol, OLDEST_PROTOCOL, PROTOCOL_VERSION } from './version.ts'

it('serves every protocol from the oldest to its own', () => {
  expect(OLDEST_PROTOCOL).toBeLessThanOrEqual(PROTOCOL_VERSION)
  for (let p = OLDEST_PROTOCOL; p <= PROTOCOL_VERSION; p++) expect(judgeProtocol(p)).toEqual({ ok: true })
})

it('tells a page that is too old to reload', () => {
  const old = OLDEST_PROTOCOL - 1
  expect(judgeProtocol(old)).toEqual({
    ok: false,
    code: 'protocol/too-old',
    message: `This page speaks protocol ${old}, the coordinator needs ${OLDEST_PROTOCOL} or newer. Reload the page to get the new one.`,
  })
})

it('tells a page that is too new that the coordinator is behind', () => {
  const young = PROTOCOL_VERSION + 1
  expect(judgeProtocol(young)).toEqual({
    ok: false,
    code: 'protocol/too-new',
    message: `This page speaks protocol ${young}, the coordinator only ${PROTOCOL_VERSION}. The coordinator must be updated; tell whoever runs it.`,
  })
})
