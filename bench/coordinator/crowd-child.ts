/** The process that holds a part of the crowd: carries out what crowd.ts asks for. */
import { beginFor, RawClient, type RawTask, updateBytes } from '../../e2e/raw/client.ts'
import type { CrowdAnswer, CrowdQuestion, PartOfRound } from './crowd.ts'

/** Connections that are being opened at a time. */
const AT_ONCE = 25
const ACK_MS = 120_000

const clients: RawClient[] = []
let failed = 0

/** On the clock that all processes of the machine share. */
const now = () => performance.timeOrigin + performance.now()

process.on('message', (question: CrowdQuestion) => {
  carryOut(question).then(
    (answer) => process.send?.(answer),
    (thrown: unknown) => process.send?.({ fault: String(thrown) } satisfies CrowdAnswer),
  )
})
process.on('disconnect', () => process.exit(0))

async function carryOut(question: CrowdQuestion): Promise<CrowdAnswer> {
  switch (question.does) {
    case 'join':
      await join(question.url, question.count, question.hello)
      return {}
    case 'answer':
      return { part: await answerAll(question) }
    case 'look':
      return { failed: failed + clients.filter((client) => !client.connected).length }
    default:
      return question satisfies never
  }
}

async function join(url: string, count: number, hello: boolean): Promise<void> {
  let left = count
  const doors = Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      const client = new RawClient(url)
      clients.push(client)
      const { ok } = hello
        ? await client.hello()
        : await client.ask('update:chunk', { offset: 0, data: new Uint8Array(1) })
      if (!ok) failed++
      client.forget()
    }
  })
  await Promise.all(doors)
  for (const client of clients) client.forget()
}

async function answerAll({ round, layout, elements }: CrowdQuestion & { does: 'answer' }): Promise<PartOfRound> {
  const bytes = updateBytes(new Float32Array(elements).fill(1e-3))
  const begin = beginFor('', layout, bytes)
  const answers = clients.map(async (client) => {
    client.forget()
    const { taskId } = await client.until<RawTask>('task', (task) => task.round === round, ACK_MS)
    const settled = client.until<{ taskId: string }>('task:settled', (news) => news.taskId === taskId, ACK_MS).then(now)
    const told = client.until<{ version: number }>('job', ({ version }) => version >= round, ACK_MS).then(now)
    const committedAt = await upload(client, { ...begin, taskId }, bytes)
    return { committedAt, settledAt: await settled, toldAt: await told }
  })
  // Everybody listens: the round may begin.
  process.send?.({} satisfies CrowdAnswer)
  const all = await Promise.all(answers)
  return {
    committedAt: Math.max(...all.map((one) => one.committedAt)),
    settledAt: all.map((one) => one.settledAt),
    toldAt: all.map((one) => one.toldAt),
  }
}

/** Sends an update of one chunk; resolves with the instant at which its commit was sent, once it is accepted. */
async function upload(client: RawClient, begin: ReturnType<typeof beginFor>, data: Uint8Array): Promise<number> {
  const { taskId } = begin
  await accepted(client, 'update:begin', begin)
  await accepted(client, 'update:chunk', { taskId, offset: 0, data })
  const committedAt = now()
  const { receipt } = await accepted(client, 'update:commit', { taskId })
  if (receipt?.status !== 'accepted') throw new Error(`an update was ${receipt?.status}`)
  return committedAt
}

async function accepted(client: RawClient, event: string, payload: object) {
  for (;;) {
    const answer = await client.ask(event, payload, ACK_MS)
    if (answer.ok) return answer
    // Rule U2: past the bound, wait and ask again.
    if (answer.code !== 'update/busy') throw new Error(`${event}: ${answer.code} ${answer.message}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
