/** A coordinator as a user starts it: the built command in a process of its own, with a store of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { io } from 'socket.io-client'
import { applyChanges } from '../client/dashboard/store.ts'
import type { JobConfigInput } from '../shared/jobs/config.ts'
import { digitsJob } from '../shared/jobs/templates.ts'
import type { DashboardChange, DashboardSnapshot } from '../shared/protocol/dashboard.ts'
import { EVENTS, NAMESPACES } from '../shared/protocol/events.ts'

export interface RunningCoordinator {
  /** Origin, without a slash at the end. */
  readonly url: string
  readonly dashboardUrl: string
  readonly token: string
  readonly pid: number
  /** Resolves with the dashboard's data once they satisfy `passes`. */
  until(what: string, passes: (board: DashboardSnapshot) => boolean, ms?: number): Promise<DashboardSnapshot>
  command(name: string, body?: object): Promise<Response>
  /** Sends a signal and resolves with the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export interface StartOptions {
  readonly job?: Partial<JobConfigInput>
  readonly folder?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A job for tests: the built-in one with what differs. */
export function job(change: Partial<JobConfigInput>): JobConfigInput {
  return { ...digitsJob, ...change }
}

export async function startCoordinator({
  job: change,
  folder = '',
  args = [],
  env = {},
}: StartOptions): Promise<RunningCoordinator> {
  const all = ['start', '--port', '0', '--store', join(folder, 'store'), ...args]
  if (change) {
    const file = join(folder, 'job.json')
    writeFileSync(file, JSON.stringify(job(change)))
    all.push('--job', file)
  }
  const child = spawn(process.execPath, ['dist/node/server/cli/main.js', ...all], { env: { ...process.env, ...env } })
  const links = await printedLinks(child)
  const url = new URL(links.participants).origin
  const token = new URL(links.dashboard).searchParams.get('token') ?? ''
  const board = watchBoard(url, token)
  return {
    url,
    dashboardUrl: links.dashboard,
    token,
    pid: child.pid ?? 0,
    until: board.until,
    command: (name, body = {}) =>
      fetch(`${url}/api/admin/job/${name}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    async end(signal = 'SIGTERM') {
      board.close()
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      return child.exitCode
    },
  }
}

/** The two addresses that `start` prints. */
async function printedLinks(child: ChildProcess): Promise<{ participants: string; dashboard: string }> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  let errors = ''
  child.stderr?.on('data', (text) => {
    errors += text
  })
  let participants = ''
  for await (const line of lines) {
    const [, name, address] = /^\s*(Participants|Dashboard)\s+(\S+)/.exec(line) ?? []
    if (name === 'Participants') participants = address ?? ''
    if (name === 'Dashboard') return { participants, dashboard: address ?? '' }
  }
  throw new Error(`the coordinator did not start: ${errors}`)
}

/** Follows the dashboard's namespace as the dashboard does. */
function watchBoard(url: string, token: string) {
  // A connection of its own: Socket.IO would let a participant's session in this process share it.
  const extraHeaders = { Authorization: `Bearer ${token}` }
  const socket = io(`${url}${NAMESPACES.dashboard}`, { extraHeaders, forceNew: true })
  let board: DashboardSnapshot | null = null
  const looks = new Set<() => void>()
  const look = () => {
    for (const one of looks) one()
  }
  socket.on(EVENTS.snapshot, (snapshot: DashboardSnapshot) => {
    board = snapshot
    look()
  })
  socket.on(EVENTS.changes, (changes: DashboardChange[]) => {
    board = board && applyChanges(board, changes)
    look()
  })
  return {
    close: () => void socket.close(),
    until(what: string, passes: (board: DashboardSnapshot) => boolean, ms = 60_000): Promise<DashboardSnapshot> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          looks.delete(one)
          reject(new Error(`waited ${ms} ms for ${what}; the board says ${JSON.stringify(summary(board))}`))
        }, ms)
        const one = () => {
          if (!board || !passes(board)) return
          clearTimeout(timer)
          looks.delete(one)
          resolve(board)
        }
        looks.add(one)
        one()
      })
    },
  }
}

function summary(board: DashboardSnapshot | null) {
  if (!board) return null
  const { job, clients, rounds, log } = board
  return { state: job.state, reason: job.reason, round: job.round, clients, last: rounds.at(-1), log: log.slice(-8) }
}

/** Accuracy of the latest version that was tested. */
export function latestAccuracy({ versions }: DashboardSnapshot): number {
  return versions.filter((v) => v.test).at(-1)?.test?.metrics.accuracy ?? 0
}
