/** Examples as one run of bytes, and back: a line that says what they are, then their numbers as they lie in memory. */
import type { Dataset, Targets } from '../../../shared/datasets/dataset.ts'
import type { ReadReport } from '../readers/report.ts'

/** Raised whenever a reader gives other examples of the same files than before, or the bytes change. */
export const KEPT_FORMAT = 1

export interface ReadExamples {
  readonly dataset: Dataset
  readonly report: ReadReport
}

type Numbers = Uint8Array | Int32Array | Float32Array
type NumbersName = keyof typeof MAKE
const MAKE = { Uint8Array, Int32Array, Float32Array } as const

interface Header {
  readonly format: number
  readonly dataset: Omit<Dataset, 'values' | 'starts' | 'targets'>
  readonly targets: { readonly classes: number } | { readonly outputs: number }
  /** In their order: values, targets, and starts where there are such. */
  readonly numbers: readonly { readonly type: NumbersName; readonly length: number }[]
  readonly report: ReadReport
}

/** Numbers begin at a multiple of it, as arrays of 32 bits must. */
const ALIGNED = 8
const PREFIX = 8

/** The parts, to be written one after the other; nothing large is copied. */
export function packed({ dataset, report }: ReadExamples): Uint8Array<ArrayBuffer>[] {
  const { values, starts, targets, ...rest } = dataset
  const [own, about] =
    'labels' in targets
      ? [targets.labels, { classes: targets.classes }]
      : [targets.values, { outputs: targets.outputs }]
  const numbers: Numbers[] = [values, own, ...(starts ? [starts] : [])]
  const header: Header = {
    format: KEPT_FORMAT,
    dataset: rest,
    targets: about,
    numbers: numbers.map((array) => ({ type: array.constructor.name as NumbersName, length: array.length })),
    report,
  }
  const line = new TextEncoder().encode(JSON.stringify(header))
  const prefix = new Uint8Array(PREFIX)
  new DataView(prefix.buffer).setUint32(0, line.length, true)
  const parts = [prefix, line, padding(line.length)]
  for (const array of numbers) {
    const bytes = new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength)
    parts.push(bytes, padding(bytes.length))
  }
  return parts
}

const padding = (length: number) => new Uint8Array((ALIGNED - (length % ALIGNED)) % ALIGNED)

/** null where these are no examples of this format, or not all of them. */
export function unpacked(buffer: ArrayBuffer): ReadExamples | null {
  try {
    const length = new DataView(buffer).getUint32(0, true)
    const { dataset, targets, numbers, format, report } = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(buffer, PREFIX, length)),
    ) as Header
    if (format !== KEPT_FORMAT) return null
    let at = PREFIX + length + padding(length).length
    const arrays = numbers.map(({ type, length }) => {
      const array = new MAKE[type](buffer, at, length)
      at += array.byteLength + padding(array.byteLength).length
      return array
    })
    if (at !== buffer.byteLength) return null
    const [values, own, starts] = arrays
    const whole = { ...targets, ['classes' in targets ? 'labels' : 'values']: own } as Targets
    return {
      dataset: { ...dataset, values, targets: whole, ...(starts && { starts }) } as Dataset,
      report,
    }
  } catch {
    return null
  }
}
