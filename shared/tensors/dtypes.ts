/** Number formats that float32 holds without loss. Named as safetensors names them. */
export type DType = 'F32' | 'F16' | 'BF16'

interface Reading {
  /** Of one element. */
  readonly bytes: number
  /** Whole elements, little-endian, as float32. */
  readonly read: (bytes: Uint8Array) => Float32Array
}

export const DTYPES: { readonly [D in DType]: Reading } = {
  F32: { bytes: 4, read: (bytes) => bitsOf(bytes, 4, (view, at) => view.getUint32(at, true)) },
  F16: { bytes: 2, read: (bytes) => bitsOf(bytes, 2, (view, at) => halfBits(view.getUint16(at, true))) },
  BF16: { bytes: 2, read: (bytes) => bitsOf(bytes, 2, (view, at) => view.getUint16(at, true) << 16) },
}

export const isDType = (name: unknown): name is DType => typeof name === 'string' && Object.hasOwn(DTYPES, name)

/** By its bits, so that a NaN's stay too. */
function bitsOf(bytes: Uint8Array, size: number, bits: (view: DataView, at: number) => number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Uint32Array(bytes.length / size)
  for (let i = 0; i < out.length; i++) out[i] = bits(view, i * size)
  return new Float32Array(out.buffer)
}

/** IEEE 754's half precision as the bits of the same number in single precision. */
function halfBits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13)
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  // Below the smallest normal half; as a float32 it is normal.
  const shift = Math.clz32(fraction) - 21
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)
}
