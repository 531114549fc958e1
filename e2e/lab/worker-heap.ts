/** The JavaScript heap of a page's dedicated worker, after a collection, by the browser's own tools. */
import type { CDPSession, Page } from 'playwright'

interface Received {
  readonly sessionId: string
  readonly message: string
}

/** Bytes in use. The page must have one worker. */
export async function workerHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  try {
    const attached = new Promise<string>((resolve) => {
      session.once('Target.attachedToTarget', ({ sessionId }) => resolve(sessionId))
    })
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
    const worker = await attached
    await ask(session, worker, 'HeapProfiler.collectGarbage')
    const { usedSize } = (await ask(session, worker, 'Runtime.getHeapUsage')) as { readonly usedSize: number }
    return usedSize
  } finally {
    await session.detach()
  }
}

let lastId = 0

async function ask(session: CDPSession, worker: string, method: string): Promise<unknown> {
  const id = ++lastId
  const answered = new Promise<unknown>((resolve) => {
    const hear = ({ sessionId, message }: Received) => {
      const answer = JSON.parse(message) as { readonly id?: number; readonly result?: unknown }
      if (sessionId !== worker || answer.id !== id) return
      session.off('Target.receivedMessageFromTarget', hear)
      resolve(answer.result)
    }
    session.on('Target.receivedMessageFromTarget', hear)
  })
  await session.send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method }) })
  return answered
}
