import type { CastAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import type { Compute } from './kernels.ts'

/** The same data under another name, as on tfjs' other backends; its own copies them. Nothing changes data that others see. */
export const identity: Compute<object> = ({ backend }, { x }) => {
  const { dataId, shape, dtype } = x as TensorInfo
  backend.incRef(dataId)
  return { dataId, shape, dtype }
}

/** To the type that they have. */
export const cast: Compute<CastAttrs> = (ops, inputs, { dtype }, stock) =>
  (inputs.x as TensorInfo).dtype === dtype ? identity(ops, inputs, {}, stock) : stock()
