/** Frames that break the rules below the events: Socket.IO's, Engine.IO's, WebSocket's. */
import type { Random } from '../../shared/random/random.ts'
import type { Line } from './fuzz-line.ts'
import { hex, pick } from './fuzz-values.ts'
import { pause } from './pause.ts'

type Break = (line: Line, draws: Random) => void | Promise<void>

const OVERSIZE = 1_700_000
const CHUNK = '["update:chunk",{"taskId":"x","offset":0,"data":{"_placeholder":true,"num":0}}]'

const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']

export const BREAKS: readonly Break[] = [
  (line) => line.frame('11 attachments', `4511-${CHUNK}`),
  (line) => line.frame('2 attachments', `452-${CHUNK}`),
  (line) => line.frame('a milliard attachments', `451000000000-${CHUNK}`),
  (line) => line.frame('attachments that are no number', `45-1-${CHUNK}`),
  (line) => line.frame('no attachment', `450-${CHUNK}`),
  (line) => line.frame('acknowledgement with 11 attachments', '4611-1[{"_placeholder":true,"num":0}]'),
  (line) => {
    line.frame('attachment that never comes', `451-${CHUNK}`)
    line.frame('attachment that never comes', '42["availability",{"available":true}]')
  },
  (line) => {
    line.frame('attachment too many', `451-${CHUNK}`)
    for (let i = 0; i < 3; i++) line.frame('attachment too many', new Uint8Array(10))
  },
  (line) => {
    line.frame('placeholder of another number', `451-${CHUNK.replace('0}}', '7}}')}`)
    line.frame('placeholder of another number', new Uint8Array(10))
  },
  (line) => {
    line.frame('deep JSON with an attachment', `451-["hello",${'['.repeat(100_000)}${']'.repeat(100_000)}]`)
    line.frame('deep JSON with an attachment', new Uint8Array(10))
  },
  (line) => line.frame('oversize text', `42["hello","${'x'.repeat(OVERSIZE)}"]`),
  (line) => line.frame('oversize bytes', new Uint8Array(OVERSIZE)),
  (line) => line.frame('bytes that belong to nothing', new Uint8Array(100)),
  (line) => line.frame('broken JSON', '42["hello",{"protocol":2'),
  (line) => line.frame('event without a name', '42[]'),
  (line) => line.frame('event that is an object', '42{"0":"hello"}'),
  (line) => line.frame('event with a name that is none', '42[null,{}]'),
  (line) => line.frame('event with a name that is an object', '42[{"toString":1},{}]'),
  (line, draws) => line.frame('reserved event', `42["${pick(draws, RESERVED)}",{}]`),
  (line) => line.frame('NaN in JSON', '42["progress",{"taskId":"x","phase":"train","fraction":NaN}]'),
  (line) => line.frame('connect again', '40'),
  (line) => line.frame('unknown namespace', '40/nowhere,{}'),
  (line) => line.frame('the dashboard’s namespace', '40/dashboard,{"token":"x"}'),
  (line) => line.frame('event of another namespace', '42/dashboard,["changes",[]]'),
  (line) => line.frame('connect error', '44{"message":"no"}'),
  (line) => line.frame('disconnect', '41'),
  (line) => line.frame('id beyond all numbers', `42${'9'.repeat(400)}["availability",{"available":true}]`),
  (line, draws) => line.frame('packet of no type', `4${pick(draws, ['7', '8', '9', 'x', '', '-1'])}`),
  (line, draws) =>
    line.frame('Engine.IO packet', pick(draws, ['0{}', '1', '2probe', '3probe', '5', '6', '7', 'b4AAAA', ''])),
  (line, draws) => line.frame('random text', hex(draws, 1 + draws.int(3000))),
  (line, draws) =>
    line.frame(
      'random bytes',
      Uint8Array.from({ length: 1 + draws.int(3000) }, () => draws.int(256)),
    ),
  (line) => line.unmasked('WebSocket frame without a mask'),
  async (line) => {
    for (let i = 0; i < 300 && line.isOpen; i++) line.frame('empty packets', '6')
    await pause(5)
  },
]
