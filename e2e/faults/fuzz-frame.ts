/**
 * Writes a Socket.IO event as frames, by hand: what no encoder would write (numbers that overflow, ten thousand levels,
 * placeholders of bytes that never come) must get through to the coordinator.
 */

/** JSON that is put into the message as it is. */
export class Verbatim {
  readonly json: string

  constructor(json: string) {
    this.json = json
  }
}

export interface Frames {
  readonly text: string
  readonly attachments: readonly Uint8Array[]
}

/** `id`: of the acknowledgement that is asked for, or null. */
export function frames(event: unknown, args: readonly unknown[], id: number | null): Frames {
  const attachments: Uint8Array[] = []
  const verbatim: string[] = []
  const json = JSON.stringify([event, ...args], (_key, value: unknown) => {
    if (value instanceof Uint8Array) return { _placeholder: true, num: attachments.push(value) - 1 }
    if (value instanceof Verbatim) return `${MARK}${verbatim.push(value.json) - 1}${MARK}`
    return value
  })
  const packet = attachments.length > 0 ? `45${attachments.length}-` : '42'
  const body = json.replace(MARKED, (_all, index) => verbatim[Number(index)] ?? 'null')
  return { text: `${packet}${id ?? ''}${body}`, attachments }
}

/** Of Unicode's private use: no message of ours contains it. */
const MARK = '\ue000'
const MARKED = new RegExp(`"${MARK}(\\d+)${MARK}"`, 'g')
