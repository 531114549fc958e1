import { expect, it } from 'vitest'
import { judgeProtocol, OLDEST_PROTOCOL, PROTOCOL_VERSION } from './version.ts'

it('serves every protocol from the oldest to its own', () => {
  for (let p = OLDEST_PROTOCOL; p <= PROTOCOL_VERSION; p++) expect(judgeProtocol(p)).toEqual({ ok: true })
})

it('tells a page that is too old to reload', () => {
  expect(judgeProtocol(OLDEST_PROTOCOL - 1)).toEqual({
    ok: false,
    code: 'protocol/too-old',
    message: expect.stringMatching(/page speaks protocol 0, the coordinator needs 1 or newer\. Reload the page/),
  })
})

it('tells a page that is too new that the coordinator is behind', () => {
  expect(judgeProtocol(PROTOCOL_VERSION + 1)).toEqual({
    ok: false,
    code: 'protocol/too-new',
    message: expect.stringMatching(/page speaks protocol 2, the coordinator only 1\. The coordinator must be updated/),
  })
})
