/** The header of any safetensors file, whoever wrote it: which tensors it holds, of what format, and where. */
import { elements } from './layout.ts'

/** No header of a model that fits a tab comes near this. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024

/** What a header says of one tensor. Nothing of it is checked but what `parseHeader` says. */
export interface HeaderEntry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

/** Of each format, bytes an element takes. Formats that are not here, a file may not hold. */
const BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
}

/**
 * The entries in the order of their bytes, which follow each other without a gap from 0 on; or, as a text, what is wrong with
 * the header: "its header is not JSON".
 */
export function parseHeader(utf8: Uint8Array): readonly HeaderEntry[] | string {
  const header = headerJson(utf8)
  if (typeof header === 'string') return header
  const entries: HeaderEntry[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Readonly<Record<string, unknown>>
    if (typeof dtype !== 'string' || !isWholeNumbers(shape) || !isWholeNumbers(offsets) || offsets.length !== 2) {
      return `it does not say format, shape and place of ${name}`
    }
    const size = Object.hasOwn(BYTES, dtype) ? (BYTES[dtype] as number) : null
    if (size === null) return `${name} is ${dtype}, which is no format of safetensors`
    const [start, end] = offsets as [number, number]
    if (end - start !== elements(shape) * size) {
      return `${name} has ${end - start} bytes, and ${JSON.stringify(shape)} of ${dtype} are ${elements(shape) * size}`
    }
    entries.push({ name, dtype, shape, start, end })
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end)
  let at = 0
  for (const { name, start, end } of entries) {
    if (start !== at) return `${name} begins at byte ${start} where byte ${at} is the next`
    at = end
  }
  return entries
}

/** The header as JSON, or what is wrong with it. */
export function headerJson(utf8: Uint8Array): Readonly<Record<string, unknown>> | string {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(utf8))
  } catch {
    return 'its header is not JSON'
  }
  return typeof header === 'object' && header !== null
    ? (header as Readonly<Record<string, unknown>>)
    : 'its header is not an object'
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}
