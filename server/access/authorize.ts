/** Who may do what. Every route and every socket event asks here. */
import { TributaryError } from '../../shared/errors/error.ts'
import { type Secrets, sameSecret, verifyClientToken } from './tokens.ts'

export type Principal =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'participant'; readonly clientId: string }
  | { readonly kind: 'admin' }

export type Action = 'read' | 'join' | 'answer' | 'command'
export type Resource = 'page' | 'job' | 'model' | 'demo-data' | 'dashboard' | 'metrics' | 'session'

const ALLOWED: { readonly [K in Principal['kind']]: ReadonlySet<`${Action} ${Resource}`> } = {
  // A participant is whoever opens the link: job, demo data and the model that it trains are for them too.
  anonymous: new Set(['read page', 'read job', 'read demo-data', 'read metrics', 'join session']),
  participant: new Set([
    'read page',
    'read job',
    'read demo-data',
    'read metrics',
    'read model',
    'join session',
    'answer session',
  ]),
  admin: new Set([
    'read page',
    'read job',
    'read demo-data',
    'read metrics',
    'read model',
    'read dashboard',
    'command job',
  ]),
}

export function isAllowed(principal: Principal, action: Action, resource: Resource): boolean {
  return ALLOWED[principal.kind].has(`${action} ${resource}`)
}

/** Throws 'access/denied' with what would help. */
export function authorize(principal: Principal, action: Action, resource: Resource): void {
  if (isAllowed(principal, action, resource)) return
  const help =
    resource === 'model'
      ? 'Join the job first, or open the dashboard by the link that the coordinator printed.'
      : 'Open the dashboard by the link that the coordinator printed at its start; it carries the key.'
  throw new TributaryError('access/denied', `This needs a key that the request does not carry. ${help}`)
}

/** Names of the cookies. Browsers share cookies between ports, so the name tells coordinators of one machine apart. */
export function cookieNames(host: string | undefined): { admin: string; participant: string } {
  const port = /:(\d+)$/.exec(host ?? '')?.[1] ?? 'default'
  return { admin: `tributary_admin_${port}`, participant: `tributary_participant_${port}` }
}

/** The headers of a request that say who it is from. */
export interface Credentials {
  readonly cookie?: string | undefined
  readonly authorization?: string | undefined
  readonly host?: string | undefined
}

/** Who a request is from, by its cookie or its bearer token. */
export function principalOf(secrets: Secrets, { cookie, authorization, host }: Credentials): Principal {
  const names = cookieNames(host)
  const cookies = parseCookies(cookie)
  const bearer = authorization?.startsWith('Bearer ') ? authorization.slice(7) : undefined
  const isAdmin = [bearer, cookies.get(names.admin)].some((token) => token && sameSecret(token, secrets.adminToken))
  if (isAdmin) return { kind: 'admin' }
  for (const token of [bearer, cookies.get(names.participant)]) {
    const clientId = token ? verifyClientToken(secrets.signingKey, token) : null
    if (clientId) return { kind: 'participant', clientId }
  }
  return { kind: 'anonymous' }
}

function parseCookies(header: string | undefined): Map<string, string> {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='))
  return new Map(pairs.flatMap(([name, ...value]) => (name ? [[name, value.join('=')] as const] : [])))
}
