/** Messages that were once taken badly, found by the attack: each is tried by itself, and is part of the attack as well. */
import { random } from '../../shared/random/random.ts'
import type { FuzzCoordinator } from './fuzz-coordinator.ts'
import type { Ledger } from './fuzz-ledger.ts'
import { Line } from './fuzz-line.ts'
import { hello } from './fuzz-messages.ts'
import { pause } from './pause.ts'

export interface KnownFault {
  readonly what: string
  /** What happened once. */
  readonly happened: string
  /** Sends it; whatever is wrong shows in the ledger, in the log, or in the coordinator's end. */
  readonly send: (coordinator: FuzzCoordinator, ledger: Ledger) => Promise<void>
}

/** `42[5]`: Socket.IO lets events be named by numbers. */
const NUMBER = 5

export const KNOWN_FAULTS = {
  number: {
    what: 'an event whose name is a number is refused with a code',
    happened: 'it was answered `internal`: the gateway called slice() of its name',
    send: async ({ port }, ledger) => {
      const { line } = await joined(port, ledger)
      await line.ask('number', NUMBER, {})
      line.close()
    },
  },
  numbersWithoutHello: {
    what: 'who sends events named by numbers without a hello is cut off',
    happened: 'the channel took itself for closed, but its connection stayed open for ever',
    send: async ({ port }, ledger) => {
      const line = await Line.open({ port, address: '10.254.0.2', ledger })
      for (let i = 0; i < 200 && line.isOpen; i++) line.hint('number', NUMBER)
      await Promise.race([line.closed, pause(5000)])
      if (line.isOpen) ledger.fault('number', 'its connection is still open')
      line.vanish()
    },
  },
  floodOfNumbers: {
    what: 'a flood of events named by numbers cuts its sender off',
    happened:
      'the coordinator ended: the guarded channel called slice() of the name where nothing caught what that threw',
    send: async ({ port }, ledger) => {
      const { line } = await joined(port, ledger)
      for (let i = 0; i < 3000 && line.isOpen; i++) line.hint('number', NUMBER)
      if ((await line.event('dismissed', 5000)) === null) ledger.fault('number', 'its sender was not dismissed')
      line.close()
    },
  },
  undecodablePath: {
    what: 'a path that cannot be decoded is refused with a sentence',
    happened: 'the sentence was express’s own, without a full stop',
    send: async ({ port, url }, ledger) => {
      const { line, token } = await joined(port, ledger)
      const response = await fetch(`${url}/api/blobs/${UNDECODABLE}`, { headers: { Authorization: `Bearer ${token}` } })
      const { error } = (await response.json()) as { error?: unknown }
      ledger.refusal('undecodable path', error)
      line.close()
    },
  },
} as const satisfies Readonly<Record<string, KnownFault>>

/** Not UTF-8. */
export const UNDECODABLE = '%E0%A4%A'

async function joined(port: number, ledger: Ledger): Promise<{ line: Line; token: string }> {
  const line = await Line.open({ port, address: '10.254.0.1', ledger })
  const welcome = await line.ask('hello', 'hello', hello(random(1, 'fuzz-known')))
  return { line, token: welcome?.resumeToken ?? '' }
}
