/** What pages of other origins may read, where the coordinator was told of them: what a participant needs, and no more. */
import type { RequestHandler } from 'express'
import { type AllowedOrigins, isGuest } from '../access/origins.ts'

const DAY_S = '86400'

/** For the routes that participants use. No cookie counts here: guests bring their token in a header. */
export function forGuests(allowed: AllowedOrigins): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin')
    if (!isGuest(request.headers, allowed)) return next()
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin as string)
    response.setHeader(
      'Access-Control-Expose-Headers',
      'Accept-Ranges, Content-Length, Content-Range, ETag, Retry-After',
    )
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    if (request.method !== 'OPTIONS') return next()
    response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD')
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Range, If-Range')
    response.setHeader('Access-Control-Max-Age', DAY_S)
    response.status(204).end()
  }
}
