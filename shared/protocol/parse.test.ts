import { describe, expect, it } from 'vitest'
import { parseMessage, protocolOf } from './parse.ts'
import { acceptSchema, progressSchema, updateBeginSchema, updateChunkSchema } from './participant.ts'

const DIGEST = 'a'.repeat(64)
const BEGIN = {
  taskId: 'j/1/c',
  encoding: 'f32',
  layout: DIGEST,
  bytes: 8,
  sha256: DIGEST,
  numExamples: 10,
  metrics: { loss: 0.5 },
  timings: { downloadMs: 1.5, trainMs: 20 },
  bytesDown: 0,
}

function sentence(event: string, schema: Parameters<typeof parseMessage>[1], payload: unknown): string {
  const parsed = parseMessage(event, schema, payload)
  if (parsed.ok) throw new Error('it was accepted')
  expect(parsed.code).toBe('protocol/malformed')
  return parsed.message
}

describe('a message', () => {
  it('that fits comes through, without what its schema does not name', () => {
    expect(parseMessage('accept', acceptSchema, { taskId: 't', isAdmin: true })).toEqual({
      ok: true,
      data: { taskId: 't' },
    })
    expect(parseMessage('update:begin', updateBeginSchema, BEGIN)).toEqual({ ok: true, data: BEGIN })
  })

  it.each([undefined, null, 7, 'text', [], () => {}])('that is %s is refused in words', (payload) => {
    expect(sentence('accept', acceptSchema, payload)).toMatch(/^The message accept does not fit the protocol\. /)
  })

  it.each([
    [{ sha256: 'A'.repeat(64) }, 'sha256'],
    [{ layout: `${DIGEST}0` }, 'layout'],
    [{ bytes: -4 }, 'bytes'],
    [{ bytes: 1.5 }, 'bytes'],
    [{ bytes: 2 ** 60 }, 'bytes'],
    [{ numExamples: '10' }, 'numExamples'],
    [{ encoding: 'zip' }, 'encoding'],
    [{ taskId: '' }, 'taskId'],
    [{ taskId: 'x'.repeat(101) }, 'taskId'],
    [{ metrics: { loss: Number.NaN } }, 'metrics.loss'],
    [{ metrics: { loss: Number.POSITIVE_INFINITY } }, 'metrics.loss'],
    [{ metrics: { ['x'.repeat(61)]: 1 } }, `metrics.${'x'.repeat(61)}`],
    [{ timings: { downloadMs: -1, trainMs: 0 } }, 'timings.downloadMs'],
    [{ timings: { downloadMs: 1 } }, 'timings.trainMs'],
  ])('with %j is refused and the field named', (change, path) => {
    expect(sentence('update:begin', updateBeginSchema, { ...BEGIN, ...change })).toContain(` ${path}: `)
  })

  it('with everything wrong names three fields, not all', () => {
    const message = sentence('update:begin', updateBeginSchema, {})
    expect(message.match(/;/g)).toHaveLength(2)
  })

  it('carries bytes as an ArrayBuffer or a Uint8Array, and nothing else', () => {
    const chunk = (data: unknown) =>
      parseMessage('update:chunk', updateChunkSchema, { taskId: 't', offset: 0, data }).ok
    expect([new ArrayBuffer(2), new Uint8Array(2), Buffer.from('ab')].map(chunk)).toEqual([true, true, true])
    expect(['ab', [1, 2], new Float32Array(2), {}, null].map(chunk)).toEqual([false, false, false, false, false])
  })

  it('reports progress from 0 to 1', () => {
    const progress = (fraction: number) =>
      parseMessage('progress', progressSchema, { taskId: 't', phase: 'train', fraction }).ok
    expect([0, 0.5, 1, -0.1, 1.1, Number.NaN].map(progress)).toEqual([true, true, true, false, false, false])
  })
})

describe('the protocol of a hello', () => {
  it('is found whatever else is in it', () => {
    expect(protocolOf({ protocol: 99, capabilities: 'of another age' })).toBe(99)
  })

  it.each([null, 'hello', {}, { protocol: '1' }, { protocol: 1.5 }])('is not named in %j', (payload) => {
    expect(protocolOf(payload)).toBeNull()
  })
})
