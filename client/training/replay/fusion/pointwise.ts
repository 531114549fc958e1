/** Which of tfjs' programs compute each element of the output by itself, and how. */
import { broadcast, coordinate, indexOf, stridesOf } from './access.ts'
import { binaryExpression, isNan, literal, unaryExpression } from './expressions.ts'
import type { ElementType, ProgramNote, Recipe } from './program-note.ts'

export interface Read {
  /** As a recipe's. */
  readonly index: string
  readonly type: ElementType
}

export interface Pointwise {
  /** Elements of the output. */
  readonly size: number
  readonly type: ElementType
  /** One for each input. */
  readonly reads: readonly Read[]
  readonly expression: Recipe['expression']
}

/** null where it is none, or none that is known here. */
export function pointwiseOf(note: ProgramNote): Pointwise | null {
  const recipe = note.recipe ?? recipeOf(note)
  if (!recipe) return null
  const { output, inputs } = note
  const reads = inputs.map(({ type }, n) => ({ index: recipe.indices[n] as string, type }))
  const whole = output.type !== 'float32'
  const expression = (names: readonly string[]) =>
    whole ? `trunc(${recipe.expression(names)})` : recipe.expression(names)
  return { size: output.shape.reduce((n, d) => n * d, 1), type: output.type, reads, expression }
}

function recipeOf(note: ProgramNote): Recipe | null {
  const { key, op, inputs, output, uniforms } = note
  const { shape } = output
  const broadcasts = inputs.map((input) => indexOf(broadcast(input.shape, shape)))
  const [name = ''] = /^[a-zA-Z]+/.exec(key) ?? []
  switch (name) {
    case 'binary': {
      const expression = op === null ? null : binaryExpression(op)
      return expression && { indices: broadcasts, expression: ([a = '', b = '']) => expression(a, b) }
    }
    case 'unary': {
      const expression = op === null ? null : unaryExpression(op, uniforms)
      return expression && { indices: broadcasts, expression: ([a = '']) => expression(a) }
    }
    case 'addN':
      return { indices: broadcasts, expression: (names) => names.join(' + ') }
    case 'clip':
    case 'clipVec': {
      const [low, high] = [literal(uniforms[0]?.[0] ?? Number.NaN), literal(uniforms[1]?.[0] ?? Number.NaN)]
      if (low === null || high === null) return null
      return {
        indices: broadcasts,
        expression: ([a = '']) => `select(clamp(${a}, ${low}, ${high}), ${a}, ${isNan(a)})`,
      }
    }
    case 'select': {
      const [condition] = inputs
      if (condition?.shape.length !== shape.length) return null
      return { indices: broadcasts, expression: ([c = '', a = '', b = '']) => `select(${b}, ${a}, ${c} >= 1f)` }
    }
    case 'fill': {
      const value = literal(uniforms[0]?.[0] ?? Number.NaN)
      return value === null ? null : { indices: [], expression: () => value }
    }
    case 'slice':
      return sliced(note)
    case 'pad':
      return padded(note)
    case 'transpose':
    case 'transposeShared':
      return transposed(note)
    case 'concat':
      return concatenated(note)
    case 'tile':
      return tiled(note)
    default:
      return null
  }
}

const copied = ([a = '']: readonly string[]): string => a

function sliced({ inputs, output, uniforms }: ProgramNote): Recipe | null {
  const [source] = inputs
  const [start] = uniforms
  if (!source || start?.length !== source.shape.length) return null
  const strides = stridesOf(source.shape)
  const offset = strides.reduce((sum, stride, d) => sum + stride * (start[d] as number), 0)
  return { indices: [indexOf({ shape: output.shape, strides, offset })], expression: copied }
}

/** What is outside the input is read somewhere in it, and thrown away. */
function padded({ inputs, output, uniforms }: ProgramNote): Recipe | null {
  const [source] = inputs
  const [[value = Number.NaN] = [], ...paddings] = uniforms
  const rest = literal(value)
  if (!source || rest === null || paddings.length !== source.shape.length) return null
  const strides = stridesOf(source.shape)
  const offset = -strides.reduce((sum, stride, d) => sum + stride * (paddings[d]?.[0] as number), 0)
  const conditions = paddings.flatMap(([before = 0, after = 0], d) => {
    const at = coordinate(output.shape, d)
    const low = before > 0 ? [`${at} >= ${before}u`] : []
    return after > 0 ? [...low, `${at} < ${before + (source.shape[d] as number)}u`] : low
  })
  const expression = ([a = '']: readonly string[]) =>
    conditions.length === 0 ? a : `select(${rest}, ${a}, ${conditions.join(' && ')})`
  return { indices: [indexOf({ shape: output.shape, strides, offset })], expression }
}

function transposed({ key, inputs, output, permutation }: ProgramNote): Recipe | null {
  const [source] = inputs
  const order = key.startsWith('transposeShared') ? [1, 0] : permutation
  if (!source || order?.length !== source.shape.length) return null
  const own = stridesOf(source.shape)
  const strides = order.map((d) => own[d] as number)
  return { indices: [indexOf({ shape: output.shape, strides, offset: 0 })], expression: copied }
}

/** Of matrices, along their rows: that is how tfjs does all of them. */
function concatenated({ inputs, output }: ProgramNote): Recipe | null {
  if (output.shape.length !== 2 || inputs.some(({ shape }) => shape.length !== 2)) return null
  const column = coordinate(output.shape, 1)
  const ends: number[] = []
  const indices = inputs.map(({ shape }) => {
    const start = ends.at(-1) ?? 0
    const width = shape[1] as number
    ends.push(start + width)
    return indexOf({ shape: output.shape, strides: [width, 1], offset: -start })
  })
  const expression = (names: readonly string[]) =>
    names.reduceRight(
      (rest, name, n) => (n === names.length - 1 ? name : `select(${rest}, ${name}, ${column} < ${ends[n]}u)`),
      '',
    )
  return { indices, expression }
}

function tiled({ inputs, output }: ProgramNote): Recipe | null {
  const [source] = inputs
  if (source?.shape.length !== output.shape.length) return null
  const strides = stridesOf(source.shape)
  const terms = source.shape.flatMap((size, d) => {
    if (size === 1) return []
    const at = coordinate(output.shape, d)
    return [`(${size === output.shape[d] ? at : `${at} % ${size}u`}) * ${strides[d]}u`]
  })
  return { indices: [terms.join(' + ') || '0u'], expression: copied }
}
