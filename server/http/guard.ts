import type { Request, RequestHandler } from 'express'
import {
  type Action,
  authorize,
  type Credentials,
  isAllowed,
  type Principal,
  principalOf,
  type Resource,
} from '../access/authorize.ts'
import type { Secrets } from '../access/tokens.ts'
import type { Limiter } from './limits.ts'

export type Guard = (action: Action, resource: Resource) => RequestHandler

export function requestPrincipal(secrets: Secrets, { headers }: Request): Principal {
  return principalOf(secrets, headers as Credentials)
}

/** A handler that lets through only whoever may do this. */
export function createGuard(secrets: Secrets, limiter: Limiter): Guard {
  return (action, resource) => (request, _response, next) => {
    const principal = requestPrincipal(secrets, request)
    // A command without the key is an attempt to guess it.
    if (action === 'command' && !isAllowed(principal, action, resource)) limiter.wrongKey(request)
    authorize(principal, action, resource)
    next()
  }
}
