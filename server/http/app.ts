/** The coordinator's HTTP side: pages, API, model downloads, health and metrics. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import compression from 'compression'
import express, { type Express, type Request, type Response, Router } from 'express'
import QRCode from 'qrcode'
import { type Clock, systemClock } from '../../shared/clock/clock.ts'
import { writeIdx } from '../../shared/datasets/idx.ts'
import type { ErrorBody } from '../../shared/protocol/dashboard.ts'
import { cookieNames } from '../access/authorize.ts'
import type { AllowedOrigins } from '../access/origins.ts'
import { Tally } from '../access/rates.ts'
import { type Secrets, sameSecret, signClientId } from '../access/tokens.ts'
import type { Log } from '../logging/log.ts'
import { adminRoutes } from './admin.ts'
import { forGuests } from './cors.ts'
import { errorHandler } from './errors.ts'
import { createGuard, requestPrincipal } from './guard.ts'
import { securityHeaders } from './headers.ts'
import { Limiter, type RequestLimits, VISITOR } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { modelRoutes } from './models.ts'
import type { JobDesk, ModelCards, ModelFiles, Vitals } from './services.ts'

export interface AppOptions {
  readonly secrets: Secrets
  readonly log: Log
  readonly desk: JobDesk
  readonly files: ModelFiles
  readonly cards: ModelCards
  /** The built pages. */
  readonly clientFolder: string
  readonly joinUrl: () => string
  /** Whether cookies may be limited to https. */
  readonly secure: boolean
  readonly clock?: Clock
  /** What metrics tell of the coordinator; without it they tell of the job alone. */
  readonly vitals?: Vitals | undefined
  /** Counts refusals by code. */
  readonly refusals?: Tally
  readonly limits?: Partial<RequestLimits> | undefined
  /** How many proxies of one's own stand before the coordinator. */
  readonly trustedProxies?: number | undefined
  /** Of other pages that may take part. */
  readonly allowedOrigins?: AllowedOrigins | undefined
}

export function createApp(options: AppOptions): Express {
  const { secrets, desk, clientFolder, log, limits, trustedProxies = 0 } = options
  const { clock = systemClock, refusals = new Tally() } = options
  const limiter = new Limiter({
    clock,
    limits,
    trustedProxies,
    principal: (request) => requestPrincipal(secrets, request),
  })
  const guard = createGuard(secrets, limiter)
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders())
  // Before anything that may refuse: guests are to read why.
  if (options.allowedOrigins?.size)
    app.use(
      ['/job', '/models', '/blobs', '/demo-data'].map((path) => `/api${path}`),
      forGuests(options.allowedOrigins),
    )
  app.use(limiter.handler())
  // Weights hardly shrink, and a download whose length is not said shows no progress.
  app.use(
    compression({
      filter: (request, response) =>
        !/^\/api\/(blobs|models)\//.test((request as Request).originalUrl) && compression.filter(request, response),
    }),
  )

  app.get(
    '/healthz',
    guard('read', 'metrics'),
    (_request, response) => void response.json({ ok: true, job: desk.jobInfo().state }),
  )
  const metrics = createMetrics(() => desk.snapshot(), options.vitals)
  app.get('/metrics', guard('read', 'metrics'), async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.metrics())
  })

  const api = Router()
  api.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store')
    next()
  })
  api.get('/job', guard('read', 'job'), (request, response) => {
    // Whoever opens the page may try the model: a visitor's token goes with the first look at the job.
    if (requestPrincipal(secrets, request).kind === 'anonymous') {
      const visitor = signClientId(secrets.signingKey, `${VISITOR}${randomBytes(9).toString('base64url')}`)
      setCookie(response, cookieNames(request.headers.host).participant, visitor, options.secure)
    }
    response.json(desk.jobInfo())
  })
  api.get('/join-qr.svg', guard('read', 'job'), async (_request, response) => {
    const svg = await QRCode.toString(options.joinUrl(), { type: 'svg', margin: 2 })
    response.type('image/svg+xml').send(svg)
  })
  api.get(
    ['/demo-data/:index/images', '/demo-data/:index/labels'],
    guard('read', 'demo-data'),
    ({ params, path }, response) => {
      const { count, shape, values, targets } = desk.partition(Number(params.index))
      const bytes = path.endsWith('/images') ? writeIdx([count, ...shape], values) : writeIdx([count], targets.labels)
      response.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    },
  )
  api.use('/admin', adminRoutes(desk, guard))
  api.use(modelRoutes(options.files, options.cards, guard, options.log))
  api.use((request, response) => {
    const message = `There is nothing at ${request.method} ${request.originalUrl.slice(0, 200)}.`
    response.status(404).json({ error: { code: 'protocol/malformed', message } } satisfies ErrorBody)
  })
  app.use('/api', api)

  app.get('/dashboard', (request, response, next) => {
    const { token } = request.query
    if (typeof token !== 'string') return next()
    // As Jupyter does: the key becomes a cookie and leaves the address bar.
    if (sameSecret(token, secrets.adminToken)) {
      setCookie(response, cookieNames(request.headers.host).admin, token, options.secure)
    } else limiter.wrongKey(request)
    response.redirect(303, '/dashboard/')
  })
  app.use(guard('read', 'page'))
  app.use('/assets', express.static(join(clientFolder, 'assets'), { immutable: true, maxAge: '1y' }))
  app.use(express.static(clientFolder, { maxAge: 0 }))
  app.use(
    (_request, response) =>
      void response
        .status(404)
        .type('text/plain')
        .send('There is no such page. The participants’ page is at /, the dashboard at /dashboard.\n'),
  )
  app.use(errorHandler({ log, refusals, addressOf: (request) => limiter.addressOf(request) }))
  return app
}

function setCookie(response: Response, name: string, value: string, secure: boolean): void {
  response.cookie(name, value, { httpOnly: true, sameSite: 'strict', secure, path: '/', maxAge: 365 * 86_400_000 })
}
