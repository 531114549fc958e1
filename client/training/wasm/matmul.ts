/** Products of matrices, transposed or not, which tfjs computes by a plain loop where one is, and packs anew at each step. */
import { type _FusedMatMulAttrs, type BatchMatMulAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core'
import { arrays } from './arrays/arrays.ts'
import type { Compute } from './kernels.ts'
import { address } from './native/module.ts'

const BYTES = 4
/** Elements that the kernel copies at a time: 8 columns of 512 rows. */
const PANEL = 8 * 512

/** A·B, for as many pairs of matrices as there are; one of them may meet all of the other side. */
export const matmul: Compute<BatchMatMulAttrs> = (ops, { a, b }, { transposeA, transposeB }, stock) => {
  const [left, right] = [a as TensorInfo, b as TensorInfo]
  const [rowsA, columnsA] = left.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = right.shape.slice(-2) as [number, number]
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const n = transposeB ? rowsB : columnsB
  const [outerA, outerB] = [left.shape.slice(0, -2), right.shape.slice(0, -2)]
  const [countA, countB] = [util.sizeFromShape(outerA), util.sizeFromShape(outerB)]
  const outer = countA >= countB ? outerA : outerB
  // It says what is wrong, and knows all other cases: several batches that meet several, and what is empty or no number.
  if (k !== (transposeB ? columnsB : rowsB)) return stock()
  if (countA !== 1 && countB !== 1 && !util.arraysEqual(outerA, outerB)) return stock()
  if (outerA.length !== outerB.length || [m, k, n, countA, countB].includes(0)) return stock()
  if (left.dtype !== 'float32' || right.dtype !== 'float32') return stock()
  const { backend } = ops
  const out = backend.makeOutput([...outer, m, n], 'float32')
  const panel = backend.makeOutput([PANEL], 'float32')
  const [fromA, fromB, to, room] = [left, right, out, panel].map((x) => address(backend, x)) as [
    number,
    number,
    number,
    number,
  ]
  const [row, step] = transposeA ? [BYTES, m * BYTES] : [k * BYTES, BYTES]
  const { product } = arrays.on(backend)
  for (let i = 0; i < Math.max(countA, countB); i++) {
    const atA = fromA + (countA === 1 ? 0 : i) * m * k * BYTES
    const atB = fromB + (countB === 1 ? 0 : i) * k * n * BYTES
    product(atA, row, step, atB, Number(transposeB), to + i * m * n * BYTES, room, m, k, n)
  }
  ops.free(panel)
  return out
}

/** What dense and recurrent layers call in training, where nothing but a bias is fused; the rest is tfjs'. */
export const fusedMatmul: Compute<_FusedMatMulAttrs> = (ops, inputs, attrs, stock) => {
  const { bias, preluActivationWeights: prelu } = inputs
  if (prelu || attrs.activation !== 'linear') return stock()
  const product = matmul(ops, inputs, attrs, stock)
  if (!bias) return product
  const out = ops.run('Add', { a: product, b: bias }, {})
  ops.free(product)
  return out
}
