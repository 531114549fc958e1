import { type TensorInfo, type TileAttrs, util } from '@tensorflow/tfjs-core'
import { arrays } from './arrays/arrays.ts'
import type { Compute } from './kernels.ts'
import { addresses } from './native/module.ts'

/** Tensors that are spread over dimensions of 1 that lie side by side: blocks that are copied. tfjs goes element by element. */
export const tile: Compute<TileAttrs> = ({ backend }, { x }, { reps }, stock) => {
  const input = x as TensorInfo
  const { shape, dtype } = input
  const from = reps.findIndex((times) => times !== 1)
  const to = reps.findLastIndex((times) => times !== 1) + 1
  const within = shape.slice(from, to)
  if (from < 0 || reps.length !== shape.length || within.some((d) => d !== 1) || dtype !== 'float32') return stock()
  if (shape.includes(0) || reps.includes(0)) return stock()
  const out = backend.makeOutput(
    shape.map((d, axis) => d * (reps[axis] as number)),
    'float32',
  )
  const outer = util.sizeFromShape(shape.slice(0, from))
  const times = util.sizeFromShape(reps.slice(from, to))
  const inner = util.sizeFromShape(shape.slice(to))
  const [source, target] = addresses(backend, input, out)
  arrays.on(backend).repeat(source, target, outer, times, inner)
  return out
}
