import { json, Router } from 'express'
import * as z from 'zod'
import { TributaryError } from '../../shared/errors/error.ts'
import { JOB_COMMANDS } from '../../shared/protocol/dashboard.ts'
import type { Guard } from './guard.ts'
import type { AdminCommand, JobDesk } from './services.ts'

const MAX_MORE = 10_000
const moreSchema = z.strictObject({ rounds: z.int().min(1).max(MAX_MORE) })

/** What changes the job's state: only with the admin's key. */
export function adminRoutes(desk: JobDesk, guard: Guard): Router {
  const routes = Router()
  routes.use(guard('command', 'job'))
  routes.post('/job/:command', json({ limit: '10kb' }), async (request, response) => {
    await desk.command(parseCommand(String(request.params.command), request.body))
    response.json(desk.snapshot().job)
  })
  return routes
}

function parseCommand(name: string, body: unknown): AdminCommand {
  const type = JOB_COMMANDS.find((command) => command === name)
  if (!type) {
    throw new TributaryError(
      'protocol/malformed',
      `There is no command ${name.slice(0, 40)}; there are ${JOB_COMMANDS.join(', ')}.`,
    )
  }
  if (type !== 'more') return { type }
  const parsed = moreSchema.safeParse(body)
  if (!parsed.success) {
    throw new TributaryError(
      'protocol/malformed',
      `How many more rounds? Send {"rounds": n} with a whole number from 1 to ${MAX_MORE}.`,
    )
  }
  return { type, rounds: parsed.data.rounds }
}
