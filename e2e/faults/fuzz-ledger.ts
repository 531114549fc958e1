/** What was sent and what came of it: messages by kind, outcomes by code, and every answer that is not as it should be. */
import { isErrorCode } from '../../shared/errors/error.ts'

/** Wrong answers that are kept word for word. */
const WRONG_KEPT = 30
const SHOWN = 300

interface Fields {
  readonly [name: string]: unknown
}

export class Ledger {
  readonly sent = new Map<string, number>()
  readonly outcomes = new Map<string, number>()
  /** Hostile clients and connections by what they were there for. */
  readonly lives = new Map<string, number>()
  /** Answers without a code or a sentence, `internal` ones, and answers that never came. */
  readonly wrong: string[] = []
  total = 0

  send(kind: string): void {
    this.total++
    count(this.sent, kind)
  }

  live(kind: string): void {
    count(this.lives, kind)
  }

  /** Something happened to a message, or to its connection. */
  note(outcome: string): void {
    count(this.outcomes, outcome)
  }

  fault(kind: string, what: string): void {
    if (this.wrong.length < WRONG_KEPT) this.wrong.push(`${kind}: ${what.slice(0, SHOWN)}`)
  }

  /** An acknowledgement: `ok`, or a refusal, which must have a code and a sentence. */
  answer(kind: string, answer: unknown): void {
    const { ok, receipt } = fieldsOf(answer)
    if (ok === true && receipt === undefined) return this.note('ok')
    if (ok === false) return this.refusal(kind, answer)
    const { status, code } = fieldsOf(receipt)
    if (ok !== true || typeof status !== 'string') return this.fault(kind, `answered ${JSON.stringify(answer)}`)
    if (status === 'rejected') return this.refusal(kind, receipt, 'rejected ')
    this.note(`receipt ${status}${code === undefined ? '' : ` ${code}`}`)
  }

  /** Anything with a code and a sentence that says no. */
  refusal(kind: string, refusal: unknown, how = ''): void {
    const { code, message } = fieldsOf(refusal)
    const known = typeof code === 'string' && isErrorCode(code) && code !== 'internal'
    const sentence = typeof message === 'string' && /\.$/.test(message)
    this.note(`${how}${String(code)}`)
    if (!known || !sentence) this.fault(kind, `refused with ${JSON.stringify(refusal)}`)
  }
}

/** Most frequent first. */
export function table(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]))
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
