import { describe, expect, it } from 'vitest'
import {
  type Action,
  authorize,
  cookieNames,
  isAllowed,
  type Principal,
  principalOf,
  type Resource,
} from './authorize.ts'
import { signClientId } from './tokens.ts'

const SECRETS = { adminToken: 'the-admin-token', signingKey: 'the-signing-key' }
const TOKEN = signClientId(SECRETS.signingKey, 'c-1')
const ADMIN: Principal = { kind: 'admin' }
const ANYBODY: Principal = { kind: 'anonymous' }
const PARTICIPANT: Principal = { kind: 'participant', clientId: 'c-1' }

describe('who may do what', () => {
  const everything: [Action, Resource, ...Principal['kind'][]][] = [
    ['read', 'page', 'anonymous', 'participant', 'admin'],
    ['read', 'job', 'anonymous', 'participant', 'admin'],
    ['read', 'demo-data', 'anonymous', 'participant', 'admin'],
    ['read', 'metrics', 'anonymous', 'participant', 'admin'],
    ['read', 'model', 'participant', 'admin'],
    ['read', 'dashboard', 'admin'],
    ['command', 'job', 'admin'],
    ['join', 'session', 'anonymous', 'participant'],
    ['answer', 'session', 'participant'],
    // Nobody has any business with these.
    ['command', 'page'],
    ['command', 'model'],
    ['join', 'job'],
    ['read', 'session'],
  ]

  it.each(everything)('%s %s', (action, resource, ...kinds) => {
    const allowed = [ANYBODY, PARTICIPANT, ADMIN].filter((p) => isAllowed(p, action, resource)).map((p) => p.kind)
    expect(allowed).toEqual(kinds)
  })

  it('says what would help whoever may not', () => {
    expect(() => authorize(ADMIN, 'command', 'job')).not.toThrow()
    expect(() => authorize(PARTICIPANT, 'command', 'job')).toThrow('Open the dashboard by the link')
    expect(() => authorize(ANYBODY, 'read', 'model')).toThrow('Join the job first')
    expect(() => authorize(ANYBODY, 'read', 'dashboard')).toThrow(expect.objectContaining({ code: 'access/denied' }))
  })
})

describe('whom a request is from', () => {
  const host = 'localhost:8080'

  it('is the admin, by cookie or by bearer token', () => {
    expect(principalOf(SECRETS, { host, cookie: `a=b; tributary_admin_8080=${SECRETS.adminToken}` })).toEqual(ADMIN)
    expect(principalOf(SECRETS, { host, authorization: `Bearer ${SECRETS.adminToken}` })).toEqual(ADMIN)
  })

  it('is a participant, by cookie or by bearer token', () => {
    expect(principalOf(SECRETS, { host, cookie: `tributary_participant_8080=${TOKEN}` })).toEqual(PARTICIPANT)
    expect(principalOf(SECRETS, { host, authorization: `Bearer ${TOKEN}` })).toEqual(PARTICIPANT)
  })

  it('is found by the other key where one of two is worthless', () => {
    const cookie = `tributary_participant_8080=${TOKEN}`
    expect(principalOf(SECRETS, { host, cookie, authorization: 'Bearer nonsense' })).toEqual(PARTICIPANT)
    const stale = 'tributary_admin_8080=of-another-store'
    expect(principalOf(SECRETS, { host, cookie: stale, authorization: `Bearer ${SECRETS.adminToken}` })).toEqual(ADMIN)
    expect(principalOf(SECRETS, { host, cookie: `${stale}; ${cookie}` })).toEqual(PARTICIPANT)
  })

  it('is an admin who takes part in the same browser: the higher of the two', () => {
    const cookie = `tributary_participant_8080=${TOKEN}; tributary_admin_8080=${SECRETS.adminToken}`
    expect(principalOf(SECRETS, { host, cookie })).toEqual(ADMIN)
  })

  it.each([
    ['nothing', {}],
    ['an empty cookie', { cookie: '' }],
    ['a wrong admin token', { authorization: `Bearer ${SECRETS.adminToken}x` }],
    ['an empty bearer', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: `Basic ${SECRETS.adminToken}` }],
    ['the cookie of another port', { host, cookie: `tributary_admin_9090=${SECRETS.adminToken}` }],
    ['a participant’s cookie with the admin’s name', { host, cookie: 'tributary_admin_8080=c-1' }],
    ['a forged signature', { authorization: `Bearer ${TOKEN.slice(0, -1)}${TOKEN.endsWith('A') ? 'B' : 'A'}` }],
    ['a token signed with another key', { authorization: `Bearer ${signClientId('another', 'c-1')}` }],
  ])('is nobody, with %s', (_, credentials) => {
    expect(principalOf(SECRETS, credentials)).toEqual(ANYBODY)
  })

  it('reads cookies that are named after the port, since browsers share cookies between ports', () => {
    expect(cookieNames('localhost:8080')).toEqual({
      admin: 'tributary_admin_8080',
      participant: 'tributary_participant_8080',
    })
    expect(cookieNames('[::1]:81').admin).toBe('tributary_admin_81')
    expect(cookieNames('example.org').admin).toBe('tributary_admin_default')
    expect(cookieNames(undefined).admin).toBe('tributary_admin_default')
  })
})
