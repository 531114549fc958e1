import { TributaryError } from '../errors/error.ts'

/**
 * IDX, the file format of MNIST and its kin (http://yann.lecun.com/exdb/mnist): two zero bytes, the type of the
 * items, the number of dimensions, each dimension as a big-endian uint32, then the items. Only unsigned bytes
 * (0x08) of one to four dimensions are read and written. Files come from participants, so nothing in them is
 * trusted: whatever the bytes, reading ends with data or with a 'data/…' error that says how to mend the file.
 */
export interface IdxArray {
  readonly shape: number[]
  /** Row-major; a view on the bytes that were read. */
  readonly data: Uint8Array
}

const UNSIGNED_BYTE = 0x08
const MAX_RANK = 4
/** More items than any browser would hold; a larger product is a damaged header. */
const MAX_ITEMS = 2 ** 31

const OTHER_TYPES: Readonly<Record<number, string>> = {
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
}

/** Reads an IDX file of unsigned bytes; `name` is the file's, for the errors ('data/malformed', 'data/empty'). */
export function readIdx(bytes: Uint8Array, name: string): IdxArray {
  const rank = readMagic(bytes, name)
  const headerBytes = 4 + 4 * rank
  if (bytes.length < headerBytes) {
    throw malformed(`${name} ends within its header, after ${bytes.length} of ${headerBytes} bytes. ${AGAIN}`)
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis))
  const items = shape.reduce((product, size) => product * size, 1)
  if (items === 0) {
    throw new TributaryError(
      'data/empty',
      `${name} holds no items (${shape.join(' × ')}). Choose a file with examples.`,
    )
  }
  if (items > MAX_ITEMS) {
    throw malformed(
      `${name} declares ${shape.join(' × ')} bytes, which no browser can hold. Its header is damaged. ${AGAIN}`,
    )
  }
  const held = bytes.length - headerBytes
  if (held < items) {
    throw malformed(`${name} is cut off: ${shape.join(' × ')} bytes are declared, ${held} are there. ${AGAIN}`)
  }
  if (held > items) {
    throw malformed(
      `${name} has ${held - items} bytes more than the ${shape.join(' × ')} that it declares. ` +
        'Either its header is wrong or something was appended; make or download it again.',
    )
  }
  return { shape, data: bytes.subarray(headerBytes) }
}

/** The bytes of an IDX file with `shape` (one to four dimensions) and `data` (as many bytes as their product). */
export function writeIdx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const items = shape.reduce((product, size) => product * size, 1)
  const writable = shape.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 32)
  if (shape.length < 1 || shape.length > MAX_RANK || !writable || items !== data.length) {
    throw new TributaryError(
      'data/mismatch',
      `An IDX file of shape [${shape.join(', ')}] cannot be written from ${data.length} bytes. ` +
        'The shape needs one to four whole numbers whose product is the number of bytes.',
    )
  }
  const bytes = new Uint8Array(4 + 4 * shape.length + items)
  const header = new DataView(bytes.buffer)
  header.setUint32(0, (UNSIGNED_BYTE << 8) | shape.length)
  shape.forEach((size, axis) => {
    header.setUint32(4 + 4 * axis, size)
  })
  bytes.set(data, 4 + 4 * shape.length)
  return bytes
}

const AGAIN = 'Download or copy it again.'

/** The number of dimensions, once the first four bytes are found to announce an IDX file of unsigned bytes. */
function readMagic(bytes: Uint8Array, name: string): number {
  const [zero0, zero1, type, rank] = bytes
  if (bytes.length === 0) throw malformed(`${name} is an empty file. ${AGAIN}`)
  if (zero0 === 0x1f && zero1 === 0x8b) {
    throw malformed(`${name} is still compressed with gzip. Unpack it first (gunzip ${name}), then choose the result.`)
  }
  if (zero0 === 0x50 && zero1 === 0x4b) {
    throw malformed(`${name} is a zip archive. Unpack it, then choose the IDX file inside.`)
  }
  if (type === undefined || rank === undefined) {
    throw malformed(`${name} has only ${bytes.length} bytes, too few for an IDX file. ${AGAIN}`)
  }
  if (zero0 !== 0 || zero1 !== 0 || !(type === UNSIGNED_BYTE || type in OTHER_TYPES)) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    throw malformed(
      `${name} is not an IDX file: it begins with ${start}, where 00 00 08 01 (labels) or 00 00 08 03 (images) ` +
        'is due. Choose a file in the format of MNIST.',
    )
  }
  if (type !== UNSIGNED_BYTE) {
    throw malformed(
      `${name} holds ${OTHER_TYPES[type]} (IDX type 0x${type.toString(16).padStart(2, '0')}). ` +
        'Only unsigned bytes (0x08) are read; convert it to values from 0 to 255.',
    )
  }
  if (rank < 1 || rank > MAX_RANK) {
    throw malformed(
      `${name} declares ${rank} dimensions, where 1 to ${MAX_RANK} are possible. Its header is damaged. ${AGAIN}`,
    )
  }
  return rank
}

function malformed(message: string): TributaryError {
  return new TributaryError('data/malformed', message)
}
