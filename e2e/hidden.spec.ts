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

/** Opens a page and covers it with a second tab of the same window. Resolves with what tells its visibility. */
async function hidden(devtools: DevTools, url: string, opened: () => Promise<unknown>): Promise<() => Promise<string>> {
  const open = (address: string) => devtools.send<{ targetId: string }>('Target.createTarget', { url: address })
  const tab = await open(url)
  await opened()
  const cover = await open('about:blank')
  await devtools.send('Target.activateTarget', { targetId: cover.targetId })
  const { sessionId } = await devtools.send<{ sessionId: string }>('Target.attachToTarget', {
    targetId: tab.targetId,
    flatten: true,
  })
  const visibility = async () => {
    const { result } = await devtools.send<{ result: { value: string } }>(
      'Runtime.evaluate',
      { expression: 'document.visibilityState' },
      sessionId,
    )
    return result.value
  }
  await expect.poll(visibility).toBe('hidden')
  return visibility
}

test('a hidden tab goes on training', async ({ start }) => {
  const coordinator = await start({ job: { rounds: 500, localEpochs: 1 } })
  await withBrowser(async (devtools) => {
    const visibility = await hidden(devtools, `${coordinator.url}/?auto=1&writer=9`, () =>
      coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1),
    )
    const now = await coordinator.until('the board', () => true)
    const before = now.clients[0]?.contributed ?? 0
    const after = await coordinator.until(
      'ten more contributions',
      (b) => (b.clients[0]?.contributed ?? 0) >= before + 10,
    )
    expect(await visibility()).toBe('hidden')
    expect(after.clients[0]?.state).not.toBe('gone')
  })
})

test('R8: a hidden tab comes back to a coordinator that was killed, as who it was', async ({ start, folder }) => {
  const job = { rounds: 500, localEpochs: 1 }
  const args = ['--port', String(20_000 + Math.floor(Math.random() * 20_000))]
  const first = await start({ job, folder, args })
  await withBrowser(async (devtools) => {
    const visibility = await hidden(devtools, `${first.url}/?auto=1&writer=10`, () =>
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
