/**
 * The gradient of a convolution's filter on WebGPU: dF[k, o] = Σ x[p, k] · dy[p, o], over all positions p of all images, where k
 * counts the filter's rows, columns and input channels. Each thread sums four k and four o in registers over a part of the
 * positions; the parts' sums are added afterwards. tfjs' own has a thread for each of the filter's weights, which reads all of x
 * and dy for itself and leaves a device idle where a filter is small.
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core'
import { flatProgram, type ProgramRunner } from './program.ts'

type Info = backend_util.Conv2DInfo

/** Of a thread's tile. */
const TILE = 4
/** What a device can have under way: more parts than that are no gain. */
const ENOUGH_THREADS = 16_384
const MOST_PARTS = 64

/** [filterHeight, filterWidth, inChannels, outChannels], of images in NHWC. */
export function tiledFilterGradient(backend: ProgramRunner, x: TensorInfo, dy: TensorInfo, info: Info): TensorInfo {
  const rows = info.batchSize * info.outHeight
  const parts = Math.max(1, Math.min(MOST_PARTS, rows, Math.ceil(ENOUGH_THREADS / tilesOf(info))))
  const uniforms = uniformsOf(info, Math.ceil(rows / parts))
  const partial = backend.runWebGPUProgram(partialSums(info, parts), [x, dy], 'float32', uniforms)
  if (parts === 1) return partial
  const out = backend.runWebGPUProgram(sumOfParts(info.filterShape, parts), [partial], 'float32')
  backend.disposeData(partial.dataId)
  return out
}

const rowsOfFilter = ({ filterHeight, filterWidth, inChannels }: Info) => filterHeight * filterWidth * inChannels

/** For each part. */
const tilesOf = (info: Info) => Math.ceil(rowsOfFilter(info) / TILE) * Math.ceil(info.outChannels / TILE)

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

/** [parts, k, o], or the gradient itself where there is one part. */
function partialSums(info: Info, parts: number) {
  const { filterHeight, filterWidth, inChannels, outChannels } = info
  const k = rowsOfFilter(info)
  const tiles = tilesOf(info)
  const [wideK, wideO] = [inChannels % TILE === 0, outChannels % TILE === 0]
  const [componentsX, componentsY] = [wideK ? TILE : 1, wideO ? TILE : 1]
  return flatProgram(parts === 1 ? info.filterShape : [parts, k, outChannels], tiles * parts, {
    variableNames: ['x', 'dy'],
    uniforms:
      'pads : vec2<i32>, strides : vec2<i32>, inSize : vec2<i32>, outSize : vec2<i32>, rows : i32, rowsOfPart : i32,',
    variableComponents: [componentsX, componentsY],
    outputComponent: componentsY,
    shaderKey: `tributaryFilterGradient_${filterHeight}_${filterWidth}_${inChannels}_${outChannels}_${parts}`,
    getUserCode() {
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
        let part = index / ${tiles};
        if (part >= ${parts}) { return; }
        let tile = index % ${tiles};
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
    },
  })
}

function sumOfParts(shape: readonly number[], parts: number) {
  const count = shape.reduce((n, d) => n * d, 1)
  return flatProgram(shape, count, {
    variableNames: ['partial'],
    size: true,
    shaderKey: `tributarySumOfParts_${parts}_${count}`,
    getUserCode: () => `
      fn main(index : i32) {
        if (index < uniforms.size) {
          var sum = 0.0;
          for (var part = 0; part < ${parts}; part++) { sum += partial[part * ${count} + index]; }
          setOutputAtIndex(index, sum);
        }
      }`,
  })
}
