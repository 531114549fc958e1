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

test('a hidden tab goes on training', async ({ start }) => {
  const coordinator = await start({ job: { rounds: 500, localEpochs: 1 } })
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
    const open = (url: string) => devtools.send<{ targetId: string }>('Target.createTarget', { url })
    const tab = await open(`${coordinator.url}/?auto=1&writer=9`)
    await coordinator.until('a contribution', (b) => (b.clients[0]?.contributed ?? 0) >= 1)
    // A second tab in the same window covers the first.
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
    const now = await coordinator.until('the board', () => true)
    const before = now.clients[0]?.contributed ?? 0
    const after = await coordinator.until(
      'ten more contributions',
      (b) => (b.clients[0]?.contributed ?? 0) >= before + 10,
    )
    expect(await visibility()).toBe('hidden')
    expect(after.clients[0]?.state).not.toBe('gone')
    devtools.close()
  } finally {
    const ended = once(browser, 'exit')
    browser.kill()
    await ended
    // Its helper processes write for a moment longer; rmSync's own retries would not see what they add.
    await expect(() => rmSync(profile, { recursive: true, force: true })).toPass({ timeout: 20_000 })
  }
})
