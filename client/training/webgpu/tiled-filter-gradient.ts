/**
 * The gradient of a convolution's filter on WebGPU: dF[k, o] = Σ x[p, k] · dy[p, o], over all positions p of all images, where k
 * counts the filter's rows, columns and input channels. Each thread sums four k and four o in registers over a part of the
 * positions; the parts' sums are added afterwards. tfjs' own has a thread for each of the filter's weights, which reads all of x
 * and dy for itself and leaves a device idle where a filter is small.
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core'

type Info = backend_util.Conv2DInfo

const THREADS = 64
/** Of a thread's tile. */
const TILE = 4
/** What a device can have under way: more parts than that are no gain. */
const ENOUGH_THREADS = 16_384
const MOST_PARTS = 64

/** tfjs' backend, as far as programs of our own need it. */
export interface ProgramRunner {
  runWebGPUProgram(
    program: object,
    inputs: readonly TensorInfo[],
    dtype: 'float32',
    uniforms?: readonly { readonly type: 'int32'; readonly data: readonly number[] }[],
  ): TensorInfo
  disposeData(dataId: object): boolean
}

/** [filterHeight, filterWidth, inChannels, outChannels], of images in NHWC. */
export function tiledFilterGradient(backend: ProgramRunner, x: TensorInfo, dy: TensorInfo, info: Info): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels, batchSize, outHeight } = info
  const size = filterHeight * filterWidth * inChannels * outChannels
  const tiles = Math.ceil(size / outChannels / TILE) * Math.ceil(outChannels / TILE)
  const rows = batchSize * outHeight
  const parts = Math.max(1, Math.min(MOST_PARTS, rows, Math.ceil(ENOUGH_THREADS / tiles)))
  const uniforms = uniformsOf(info, Math.ceil(rows / parts))
  if (parts === 1) return backend.runWebGPUProgram(new PartialSums(info, 1), [x, dy], 'float32', uniforms)
  const partial = backend.runWebGPUProgram(new PartialSums(info, parts), [x, dy], 'float32', uniforms)
  const out = backend.runWebGPUProgram(new SumOfParts(info.filterShape, parts), [partial], 'float32')
  backend.disposeData(partial.dataId)
  return out
}

function uniformsOf(info: Info, rows: number) {
  const { padInfo, strideHeight, strideWidth, batchSize, inHeight, inWidth, outHeight, outWidth } = info
  const data = [
    [padInfo.top, padInfo.left],
    [strideHeight, strideWidth],
    [inHeight, inWidth],
    [outHeight, outWidth],
  ]
  return [...data, [batchSize * outHeight], [rows]].map((data) => ({ type: 'int32' as const, data }))
}

class PartialSums {
  readonly variableNames = ['x', 'dy']
  readonly uniforms =
    'pads : vec2<i32>, strides : vec2<i32>, inSize : vec2<i32>, outSize : vec2<i32>, rows : i32, rowsOfPart : i32,'
  readonly outputShape: number[]
  readonly dispatchLayout: { readonly x: number[] }
  readonly dispatch: [number, number, number]
  readonly workgroupSize: [number, number, number] = [THREADS, 1, 1]
  readonly variableComponents: [number, number]
  readonly outputComponent: number
  readonly shaderKey: string
  private readonly info: Info
  private readonly parts: number
  private readonly tiles: number

  constructor(info: Info, parts: number) {
    const { filterHeight, filterWidth, inChannels, outChannels } = info
    this.info = info
    this.parts = parts
    const k = filterHeight * filterWidth * inChannels
    this.outputShape = parts === 1 ? [...info.filterShape] : [parts, k, outChannels]
    this.dispatchLayout = { x: this.outputShape.map((_, d) => d) }
    this.tiles = Math.ceil(k / TILE) * Math.ceil(outChannels / TILE)
    this.dispatch = [Math.ceil((this.tiles * parts) / THREADS), 1, 1]
    this.variableComponents = [inChannels % TILE === 0 ? TILE : 1, outChannels % TILE === 0 ? TILE : 1]
    this.outputComponent = this.variableComponents[1]
    this.shaderKey = `tributaryFilterGradient_${filterHeight}_${filterWidth}_${inChannels}_${outChannels}_${parts}`
  }

  getUserCode(): string {
    const { filterWidth, filterHeight, inChannels, outChannels } = this.info
    const [wideK, wideO] = this.variableComponents.map((n) => n === TILE)
    const k = filterHeight * filterWidth * inChannels
    const tilesO = Math.ceil(outChannels / TILE)
    const each = (text: (i: number) => string) => Array.from({ length: TILE }, (_, i) => text(i)).join('\n')
    // A thread's four k: one filter position where there are four input channels together, else any four.
    const place = (r: number, at: string) => `
      let k${r} = ${at};
      let kh${r} = k${r} / ${filterWidth * inChannels};
      let kw${r} = k${r} / ${inChannels} % ${filterWidth};
      let c${r} = k${r} % ${inChannels};`
    const readX = wideK
      ? `var a = vec4f(0);
         if (hIn0 && w0 >= 0 && w0 < uniforms.inSize[1]) {
           a = x[(((b * uniforms.inSize[0] + h0) * uniforms.inSize[1] + w0) * ${inChannels} + c0) / 4];
         }`
      : `var a = vec4f(0);
         ${each(
           (r) => `
         let w${r} = ow * uniforms.strides[1] - uniforms.pads[1] + kw${r};
         if (hIn${r} && w${r} >= 0 && w${r} < uniforms.inSize[1]) {
           a[${r}] = x[((b * uniforms.inSize[0] + h${r}) * uniforms.inSize[1] + w${r}) * ${inChannels} + c${r}];
         }`,
         )}`
    const readY = wideO
      ? `let g = dy[(row * uniforms.outSize[1] + ow) * ${outChannels / TILE} + o / 4];`
      : `var g = vec4f(0);
         let at = (row * uniforms.outSize[1] + ow) * ${outChannels} + o;
         ${each((i) => `if (o + ${i} < ${outChannels}) { g[${i}] = dy[at + ${i}]; }`)}`
    const write = (r: number) =>
      wideO
        ? `if (first + ${r} < ${k}) { result[((part * ${k} + first + ${r}) * ${outChannels} + o) / 4] = sum${r}; }`
        : `if (first + ${r} < ${k}) {
             let to = (part * ${k} + first + ${r}) * ${outChannels} + o;
             ${each((i) => `if (o + ${i} < ${outChannels}) { result[to + ${i}] = sum${r}[${i}]; }`)}
           }`
    const rows = wideK ? [0] : [0, 1, 2, 3]
    return `
      fn main(index : i32) {
        let part = index / ${this.tiles};
        if (part >= ${this.parts}) { return; }
        let tile = index % ${this.tiles};
        let first = tile / ${tilesO} * ${TILE};
        let o = tile % ${tilesO} * ${TILE};
        ${rows.map((r) => place(r, `first + ${r}`)).join('\n')}
        ${each((r) => `var sum${r} = vec4f(0);`)}
        let end = min(uniforms.rows, (part + 1) * uniforms.rowsOfPart);
        for (var row = part * uniforms.rowsOfPart; row < end; row++) {
          let b = row / uniforms.outSize[0];
          let oh = row % uniforms.outSize[0];
          ${rows
            .map(
              (r) => `
          let h${r} = oh * uniforms.strides[0] - uniforms.pads[0] + kh${r};
          let hIn${r} = h${r} >= 0 && h${r} < uniforms.inSize[0]${wideK ? '' : ` && k${r} < ${k}`};`,
            )
            .join('\n')}
          for (var ow = 0; ow < uniforms.outSize[1]; ow++) {
            ${wideK ? 'let w0 = ow * uniforms.strides[1] - uniforms.pads[1] + kw0;' : ''}
            ${readX}
            ${readY}
            ${each((r) => `sum${r} += a[${r}] * g;`)}
          }
        }
        ${each(write)}
      }`
  }
}

class SumOfParts {
  readonly variableNames = ['partial']
  readonly outputShape: number[]
  readonly dispatchLayout: { readonly x: number[] }
  readonly dispatch: [number, number, number]
  readonly workgroupSize: [number, number, number] = [THREADS, 1, 1]
  readonly size = true
  readonly shaderKey: string
  private readonly parts: number
  private readonly count: number

  constructor(shape: readonly number[], parts: number) {
    this.outputShape = [...shape]
    this.dispatchLayout = { x: shape.map((_, d) => d) }
    this.count = shape.reduce((n, d) => n * d, 1)
    this.dispatch = [Math.ceil(this.count / THREADS), 1, 1]
    this.parts = parts
    this.shaderKey = `tributarySumOfParts_${parts}_${this.count}`
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        if (index < uniforms.size) {
          var sum = 0.0;
          for (var part = 0; part < ${this.parts}; part++) { sum += partial[part * ${this.count} + index]; }
          setOutputAtIndex(index, sum);
        }
      }`
  }
}
