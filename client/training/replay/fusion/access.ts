/** Which element of a tensor is read for an element of the output, as WGSL over `i`, the output element's flat index. */

/** How an input's index follows from the output's coordinates: offset + Σ coordinate × stride. */
export interface Affine {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride
    stride *= shape[d] as number
  }
  return strides
}

/** An input of this shape as it is broadcast to the output's. */
export function broadcast(input: readonly number[], output: readonly number[]): Affine {
  const own = stridesOf(input)
  const lead = output.length - input.length
  const strides = output.map((_, d) => (d < lead || input[d - lead] === 1 ? 0 : (own[d - lead] as number)))
  return { shape: output, strides, offset: 0 }
}

/** The coordinate of dimension d. */
export function coordinate(shape: readonly number[], d: number): string {
  const after = shape.slice(d + 1).reduce((n, size) => n * size, 1)
  const outermost = shape.slice(0, d).every((size) => size === 1)
  const divided = after === 1 ? 'i' : `(i / ${after}u)`
  return outermost ? divided : `(${divided} % ${shape[d]}u)`
}

/** 'i' where the elements lie in the same order. */
export function indexOf(affine: Affine): string {
  const { shape, strides } = collapsed(affine)
  const terms = shape.flatMap((_, d) => {
    const stride = strides[d] as number
    if (stride === 0) return []
    const at = coordinate(shape, d)
    return [stride === 1 ? at : `${at} * ${stride}u`]
  })
  if (affine.offset !== 0) terms.push(`${affine.offset >>> 0}u`)
  return terms.length === 0 ? '0u' : terms.join(' + ')
}

/** Without dimensions of 1, and with those joined that go on where the next one ends. */
function collapsed({ shape, strides }: Affine): { readonly shape: number[]; readonly strides: number[] } {
  const joined = { shape: [] as number[], strides: [] as number[] }
  for (let d = shape.length - 1; d >= 0; d--) {
    const [size, stride] = [shape[d] as number, strides[d] as number]
    if (size === 1) continue
    const [inner, innerStride] = [joined.shape[0], joined.strides[0]]
    if (inner !== undefined && innerStride !== undefined && stride === innerStride * inner)
      joined.shape[0] = inner * size
    else {
      joined.shape.unshift(size)
      joined.strides.unshift(stride)
    }
  }
  return joined
}
