import type { Request, RequestHandler } from 'express'
import {
  type Action,
  authorize,
  type Credentials,
  type Principal,
  principalOf,
  type Resource,
} from '../access/authorize.ts'
import type { Secrets } from '../access/tokens.ts'

export type Guard = (action: Action, resource: Resource) => RequestHandler

export function requestPrincipal(secrets: Secrets, { headers }: Request): Principal {
  return principalOf(secrets, headers as Credentials)
}

/** A handler that lets through only whoever may do this. */
export function createGuard(secrets: Secrets): Guard {
  return (action, resource) => (request, _response, next) => {
    authorize(requestPrincipal(secrets, request), action, resource)
    next()
  }
}
