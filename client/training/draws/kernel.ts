/** Draws as a kernel of each backend: computed on the device on webgpu, in JavaScript elsewhere. */
import * as tf from '@tensorflow/tfjs-core'
import type { BackendName } from '../../../shared/protocol/participant.ts'
import { flatProgram, type ProgramRunner } from '../webgpu/program.ts'
import {
  type MaskSpec,
  maskExpression,
  maskValues,
  type NormalSpec,
  normalExpression,
  normalValues,
  PCG_WGSL,
} from './bits.ts'

const KERNEL = 'TributaryDraws'

/** A mask has a rate; without one it is the normal distribution that is drawn from. */
type Spec = MaskSpec | (NormalSpec & { readonly rate?: undefined })

type Attributes = Spec & { readonly shape: readonly number[] }

interface Backend extends ProgramRunner {
  readSync(dataId: object): ArrayLike<number>
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): tf.TensorInfo
  makeOutput?(shape: readonly number[], dtype: 'float32'): tf.TensorInfo
  typedArrayFromHeap?(tensor: tf.TensorInfo): Float32Array
}

/** [shape] of 0 and 1 / (1 − rate). `key`: two halves of 16 bits. */
export function dropoutMask(key: tf.Tensor, attributes: MaskSpec & { readonly shape: readonly number[] }): tf.Tensor {
  return draw(key, attributes)
}

/** [shape] of values of mean 0 and deviation 1. */
export function normalDraws(key: tf.Tensor, attributes: NormalSpec & { readonly shape: readonly number[] }): tf.Tensor {
  return draw(key, attributes)
}

function draw(key: tf.Tensor, attributes: Attributes): tf.Tensor {
  return tf.engine().runKernel(KERNEL, { high: key, low: key }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor
}

export function registerDraws(backendName: BackendName): void {
  if (tf.getKernel(KERNEL, backendName)) return
  tf.registerKernel({
    kernelName: KERNEL,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const key = inputs.high as tf.TensorInfo
      const attributes = attrs as unknown as Attributes
      const own = backend as Backend
      return backendName === 'webgpu' ? onDevice(own, key, attributes) : onHost(own, key, attributes)
    },
  })
}

function onHost(backend: Backend, key: tf.TensorInfo, { shape, ...spec }: Attributes): tf.TensorInfo {
  const [high = 0, low = 0] = Array.from(backend.readSync(key.dataId))
  const size = tf.util.sizeFromShape([...shape])
  const values = isMask(spec) ? maskValues([high, low], spec, size) : normalValues([high, low], spec, size)
  if (!backend.makeOutput || !backend.typedArrayFromHeap) return backend.makeTensorInfo(shape, 'float32', values)
  const draws = backend.makeOutput(shape, 'float32')
  backend.typedArrayFromHeap(draws).set(values)
  return draws
}

const isMask = (spec: Spec): spec is MaskSpec => spec.rate !== undefined

/** A program as tfjs takes them. `pointwise` is for the recorder, which joins it with what uses the draws. */
function onDevice(backend: Backend, key: tf.TensorInfo, { shape, ...spec }: Attributes): tf.TensorInfo {
  const expression = ([high = '', low = '']: readonly string[]) =>
    isMask(spec) ? maskExpression(high, low, spec) : normalExpression(high, low, spec)
  const program = flatProgram(shape, tf.util.sizeFromShape([...shape]), {
    variableNames: ['high', 'low'],
    size: true,
    shaderKey: `draws_${spec.rate ?? 'normal'}_${spec.salt}`,
    pointwise: { indices: ['0u', '1u'], expression },
    getUserCode: () => `
      ${PCG_WGSL}
      fn main(index : i32) {
        if (index < uniforms.size) {
          let i = u32(index);
          setOutputAtIndex(index, ${expression(['high[0]', 'low[1]'])});
        }
      }`,
  })
  return backend.runWebGPUProgram(program, [key, key], 'float32')
}
