/** A hidden tab goes on. Playwright keeps every page visible, so this speaks Chromium's protocol itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { WebSocket } from 'ws'
import { test } from './coordinator.ts'

interface Answer {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** One connection to a browser's debugging port. */
async function connect(url: string) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const waiting = new Map<number, (answer: Answer) => void>()
  let next = 1
  socket.on('message', (data) => {
    const answer = JSON.parse(String(data)) as Answer
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer)
  })
  return {
    close: () => socket.close(),
    async send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
      const id = next++
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve)
        socket.send(JSON.stringify({ id, method, params, sessionId }))
      })
      if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
      return answer.result as T
    },
  }
}

type DevTools = Awaited<ReturnType<typeof connect>>

/** A browser of its own, spoken to directly; it is gone with what `use` returns. */
async function withBrowser(use: (devtools: DevTools) => Promise<void>): Promise<void> {
  const { executablePath = '', args = [] } = (test.info().project.use.launchOptions ?? {}) as {
    executablePath?: string
    args?: string[]
  }
  const profile = mkdtempSync(join(tmpdir(), 'tributary-hidden-'))
  const browser = spawn(executablePath, [
    ...args,
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ])
  try {
    let printed = ''
    while (!/ws:\/\/\S+/.test(printed)) printed += String((await once(browser.stderr, 'data'))[0])
    const devtools = await connect(/ws:\/\/\S+/.exec(printed)?.[0] ?? '')
    await use(devtools)
    devtools.close()
  } finally {
    const ended = once(browser, 'exit')
    browser.kill()
    await ended
    // Its helper processes write for a moment longer; rmSync's own retries would not see what they add.
    await expect(() => rmSync(profile, { recursive: true, force: true })).toPass({ timeout: 20_000 })
  }
}

interface Tab {
  /** What the page itself says. */
  visibility(): Promise<string>
  show(): Promise<void>
  hide(): Promise<void>
  /** How often the page was shown or hidden since this was asked last. */
  changes(): Promise<number>
}

/** Opens a page and covers it with a second tab of the same window. */
async function hidden(devtools: DevTools, url: string, opened: () => Promise<unknown>): Promise<Tab> {
  const open = (address: string) => devtools.send<{ targetId: string }>('Target.createTarget', { url: address })
  const tab = await open(url)
  await opened()
  const cover = await open('about:blank')
  const { sessionId } = await devtools.send<{ sessionId: string }>('Target.attachToTarget', {
    targetId: tab.targetId,
    flatten: true,
  })
  const ask = async <T>(expression: string) => {
    const { result } = await devtools.send<{ result: { value: T } }>('Runtime.evaluate', { expression }, sessionId)
    return result.value
  }
  const visibility = () => ask<string>('document.visibilityState')
  const bring = async (targetId: string, state: string) => {
    await devtools.send('Target.activateTarget', { targetId })
    await expect.poll(visibility).toBe(state)
  }
  await ask("globalThis.changes = 0; document.addEventListener('visibilitychange', () => globalThis.changes++)")
  const made: Tab = {
    visibility,
    show: () => bring(tab.targetId, 'visible'),
    hide: () => bring(cover.targetId, 'hidden'),
    changes: () => ask('[globalThis.changes, (globalThis.changes = 0)][0]'),
  }
  await made.hide()
  return made
}

test('a hidden tab trains as fast as one that is seen', async ({ start }) => {
  test.setTimeout(180_000)
  const coordinator = await start({
    job: { model: { preset: '2nn' }, rounds: 5000, localEpochs: 5, demoData: { source: 'none' } },
  })
  await withBrowser(async (devtools) => {
    const tab = await hidden(devtools, `${coordinator.url}/?auto=1&writer=9&examples=600&backend=wasm`, () =>
      coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1),
    )
    /** The best of some rounds that were trained from their beginning to their end like this: what else the machine does only slows. */
    const rates = async () => {
      const now = await coordinator.until('a look', () => true)
      const from = (now.clients[0]?.contributed ?? 0) + 1
      await tab.changes()
      const seen: number[] = []
      for (let n = 1; n <= 4; n++) {
        const board = await coordinator.until('a round', (b) => (b.clients[0]?.contributed ?? 0) >= from + n)
        seen.push(board.clients[0]?.examplesPerSecond ?? 0)
      }
      expect(await tab.changes()).toBe(0)
      return seen
    }
    const unseen: number[] = []
    const seen: number[] = []
    const ratio = () => Math.max(...unseen) / Math.max(...seen)
    for (let turn = 0; turn < 3 || (turn < 8 && ratio() < 0.9); turn++) {
      await tab.hide()
      unseen.push(...(await rates()))
      expect(await tab.visibility()).toBe('hidden')
      await tab.show()
      seen.push(...(await rates()))
      expect(await tab.visibility()).toBe('visible')
    }
    expect(ratio(), JSON.stringify({ unseen, seen })).toBeGreaterThanOrEqual(0.9)
  })
})

test('R8: a hidden tab comes back to a coordinator that was killed, as who it was', async ({ start, folder }) => {
  const job = { rounds: 500, localEpochs: 1 }
  const args = ['--port', String(20_000 + Math.floor(Math.random() * 20_000))]
  const first = await start({ job, folder, args })
  await withBrowser(async (devtools) => {
    const { visibility } = await hidden(devtools, `${first.url}/?auto=1&writer=10`, () =>
      first.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1),
    )
    const before = await first.until('the board', () => true)
    await first.end('SIGKILL')
    // Longer than the first pauses between tries.
    await new Promise((resolve) => setTimeout(resolve, 8000))
    const second = await start({ job, folder, args })
    const back = await second.until('the client again', (b) => b.clients.some((c) => c.state !== 'gone'), 10_000)
    expect(back.clients.map((c) => c.id)).toEqual(before.clients.map((c) => c.id))
    await second.until('rounds after the kill', (b) => b.job.round >= before.job.round + 3)
    expect(await visibility()).toBe('hidden')
  })
})
