/** Programs of our own for tfjs' WebGPU backend. */
import type { TensorInfo } from '@tensorflow/tfjs-core'

const WORKGROUP = 64

/** tfjs' backend, as far as such programs need it. */
export interface ProgramRunner {
  runWebGPUProgram(
    program: object,
    inputs: readonly TensorInfo[],
    dtype: 'float32',
    uniforms?: readonly { readonly type: 'int32'; readonly data: readonly number[] }[],
  ): TensorInfo
  disposeData(dataId: object): boolean
}

/**
 * One with `main(index : i32)` for each index below `threads`, and for some beyond them. The key names all that the code
 * depends on; each binding must be used, `uniforms` too.
 */
export function flatProgram<
  Rest extends { readonly variableNames: readonly string[]; readonly shaderKey: string; getUserCode(): string },
>(outputShape: readonly number[], threads: number, rest: Rest) {
  return {
    ...rest,
    outputShape,
    dispatchLayout: { x: outputShape.map((_, d) => d) },
    dispatch: [Math.ceil(threads / WORKGROUP), 1, 1],
    workgroupSize: [WORKGROUP, 1, 1],
  }
}
