/** tfjs' operations on single elements, as WGSL expressions of 32-bit floats. */

type Unary = (a: string) => string
type Binary = (a: string, b: string) => string

/** By its bits: compilers may take for granted that there is none. */
export const isNan = (a: string): string => `((bitcast<u32>(${a}) & 0x7fffffffu) > 0x7f800000u)`

const truth = (condition: string): string => `select(0f, 1f, ${condition})`
const comparison =
  (sign: string): Binary =>
  (a, b) =>
    truth(`${a} ${sign} ${b}`)
const either =
  (name: 'max' | 'min'): Binary =>
  (a, b) =>
    `select(${name}(${a}, ${b}), ${a} + ${b}, ${isNan(a)} || ${isNan(b)})`

/** By BinaryOpType of tfjs 4.22's WebGPU backend. */
const BINARY: Readonly<Record<number, Binary>> = {
  0: (a, b) => `${a} + ${b}`,
  4: (a, b) => `${a} / ${b}`,
  // elu's derivative, by what came out of it: b.
  5: (a, b) => `select(${a} * (${b} + 1f), ${a}, ${b} >= 0f)`,
  6: comparison('=='),
  8: comparison('>'),
  9: comparison('>='),
  10: comparison('<'),
  11: comparison('<='),
  12: (a, b) => truth(`${a} >= 1f && ${b} >= 1f`),
  13: (a, b) => truth(`${a} >= 1f || ${b} >= 1f`),
  14: either('max'),
  15: either('min'),
  17: (a, b) => `${a} * ${b}`,
  18: comparison('!='),
  20: (a, b) => `select(${a}, ${b} * ${a}, ${a} < 0f)`,
  21: (a, b) => `(${a} - ${b}) * (${a} - ${b})`,
  22: (a, b) => `${a} - ${b}`,
}

/** By UnaryOpType of tfjs 4.22's WebGPU backend; the second argument is the program's own uniform. */
const UNARY: Readonly<Record<number, (a: string, uniform: string) => string>> = {
  0: (a) => `abs(${a})`,
  10: (a) => `select(exp(${a}) - 1f, ${a}, ${a} >= 0f)`,
  12: (a) => `exp(${a})`,
  18: (a) => a,
  // The logarithm of a negative number is NaN.
  19: (a) => `select(log(${a}), bitcast<f32>(0x7fc00000u | (bitcast<u32>(${a}) & 1u)), ${a} < 0f)`,
  21: (a) => truth(`!(${a} >= 1f)`),
  22: (a) => `-${a}`,
  23: (a) => `select(${a}, 0f, ${a} < 0f)`,
  24: (a) => `select(clamp(${a}, 0f, 6f), ${a}, ${isNan(a)})`,
  25: (a, alpha) => `select(${a}, ${alpha} * ${a}, ${a} < 0f)`,
  26: (a) => `1f / ${a}`,
  28: (a) => `inverseSqrt(${a})`,
  30: (a) => `1f / (1f + exp(-${a}))`,
  31: (a) => `sign(${a})`,
  35: (a) => `sqrt(${a})`,
  36: (a) => `${a} * ${a}`,
  37: (a, alpha) => `select(select(${alpha}, 1f, ${a} > 0f), ${a}, ${isNan(a)})`,
  39: (a) => `sign(${a}) * (1f - exp(-2f * abs(${a}))) / (1f + exp(-2f * abs(${a})))`,
  40: (a) => `trunc(${a})`,
}

/** A 32-bit float as WGSL has it; null where WGSL has none for it. */
export function literal(value: number): string | null {
  const float = Math.fround(value)
  if (!Number.isFinite(float)) return null
  const text = String(float)
  return float < 0 || Object.is(float, -0) ? `(-${text.replace('-', '')}f)` : `${text}f`
}

/** Names of values are put in as they are. null: this operation is not among them. */
export function binaryExpression(op: number): Binary | null {
  return BINARY[op] ?? null
}

export function unaryExpression(op: number, uniforms: readonly (readonly number[])[]): Unary | null {
  const expression = UNARY[op]
  const uniform = literal(uniforms[0]?.[0] ?? 0)
  return expression && uniform !== null ? (a) => expression(a, uniform) : null
}
