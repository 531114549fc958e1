/**
 * How large a picture is by its own header, before anybody decodes it: a few bytes may stand for gigabytes of pixels. What is read
 * is what decoders go by, so that no other size can be smuggled past. PNG (ISO 15948), JPEG (ITU-T T.81), GIF89a, WebP (RFC 9649),
 * BMP, AVIF (ISO 23008-12).
 */
import type { Picture } from './opened.ts'
import { Window } from './window.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** null where it is none of these formats, or breaks off before it says, or goes on and on without saying. */
export async function saidSize({ bytes, head }: Picture): Promise<Size | null> {
  const from = new Window(bytes, head)
  try {
    if (await from.says(0, '\x89PNG\r\n\x1a\n')) return await sizeOfPng(from)
    if (await from.says(0, '\xff\xd8')) return await sizeOfJpeg(from)
    if (await from.says(0, 'GIF8')) return await sizeOfGif(from)
    if ((await from.says(0, 'RIFF')) && (await from.says(8, 'WEBP'))) return await sizeOfWebp(from)
    if (await from.says(0, 'BM')) return await sizeOfBmp(from)
    return (await from.says(4, 'ftyp')) ? await sizeOfAvif(from) : null
  } catch (thrown) {
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

/** Its header comes first, or it is none. */
async function sizeOfPng(from: Window): Promise<Size | null> {
  if (!(await from.says(12, 'IHDR'))) return null
  const view = await from.at(16, 8)
  return { width: view.getUint32(0), height: view.getUint32(4) }
}

/** Of the first frame header, behind whatever segments; bytes that belong to none are passed over. */
async function sizeOfJpeg(from: Window): Promise<Size | null> {
  for (let at = 2; ; ) {
    const view = await from.at(at, 2)
    const [mark, kind] = [view.getUint8(0), view.getUint8(1)]
    if (mark !== 0xff || kind === 0xff || kind === 0) {
      at++
      continue
    }
    // The scan, or the end, before any frame.
    if (kind === 0xda || kind === 0xd9) return null
    const frame = kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)
    if (frame) {
      const view = await from.at(at + 5, 4)
      return { height: view.getUint16(0), width: view.getUint16(2) }
    }
    const bare = (kind >= 0xd0 && kind <= 0xd8) || kind === 0x01
    at += bare ? 2 : 2 + Math.max(2, (await from.at(at + 2, 2)).getUint16(0))
  }
}

/** The screen, or the first picture on it, which may be larger. */
async function sizeOfGif(from: Window): Promise<Size | null> {
  const screen = await from.at(6, 5)
  const packed = screen.getUint8(4)
  const size = { width: screen.getUint16(0, true), height: screen.getUint16(2, true) }
  for (let at = 13 + coloursIn(packed); ; ) {
    const kind = (await from.at(at, 1)).getUint8(0)
    if (kind === 0x2c) {
      const view = await from.at(at + 1, 8)
      return {
        width: Math.max(size.width, view.getUint16(0, true) + view.getUint16(4, true)),
        height: Math.max(size.height, view.getUint16(2, true) + view.getUint16(6, true)),
      }
    }
    if (kind !== 0x21) return null
    at += 2
    for (let length = 1; length > 0; at += length + 1) length = (await from.at(at, 1)).getUint8(0)
  }
}

const coloursIn = (packed: number): number => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0)

async function sizeOfWebp(from: Window): Promise<Size | null> {
  if (await from.says(12, 'VP8X')) {
    const view = await from.at(24, 6)
    const triple = (at: number) => view.getUint16(at, true) + view.getUint8(at + 2) * 2 ** 16 + 1
    return { width: triple(0), height: triple(3) }
  }
  if (await from.says(12, 'VP8L')) {
    const bits = (await from.at(21, 4)).getUint32(0, true)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (!(await from.says(12, 'VP8 '))) return null
  const view = await from.at(26, 4)
  return { width: view.getUint16(0, true) & 0x3fff, height: view.getUint16(2, true) & 0x3fff }
}

async function sizeOfBmp(from: Window): Promise<Size | null> {
  const old = (await from.at(14, 4)).getUint32(0, true) === 12
  const view = await from.at(18, 8)
  if (old) return { width: view.getUint16(0, true), height: view.getUint16(2, true) }
  return { width: Math.abs(view.getInt32(0, true)), height: Math.abs(view.getInt32(4, true)) }
}

/** A box of facts is no longer than this. */
const MOST_FACTS = 2 ** 16

/** The largest that its first box of facts names: a picture may be put together from others. Moving ones are none. */
async function sizeOfAvif(from: Window): Promise<Size | null> {
  if (!(await from.says(8, 'avif')) && !(await from.says(8, 'mif1'))) return null
  for (let at = 0; ; ) {
    const length = (await from.at(at, 8)).getUint32(0)
    if (await from.says(at + 4, 'meta')) {
      const facts = await from.at(at, Math.min(length, MOST_FACTS))
      return length > MOST_FACTS ? null : largestIn(facts)
    }
    // Shorter than its own name, or longer than 32 bits say.
    if (length < 8) return null
    at += length
  }
}

function largestIn(facts: DataView): Size | null {
  const size = { width: 0, height: 0 }
  for (let at = 0; at + 16 <= facts.byteLength; at++) {
    // "ispe", the extent of an image, then a version.
    if (facts.getUint32(at) !== 0x69737065) continue
    size.width = Math.max(size.width, facts.getUint32(at + 8))
    size.height = Math.max(size.height, facts.getUint32(at + 12))
  }
  return size.width > 0 && size.height > 0 ? size : null
}
