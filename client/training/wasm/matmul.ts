/** Products of matrices, transposed or not, which tfjs computes by a plain loop where one is, and packs anew at each step. */
import { type _FusedMatMulAttrs, type BatchMatMulAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core'
import type { Compute, Inputs, Ops } from './kernels.ts'
import { addresses } from './native/module.ts'
import { compute } from './products/products.ts'

const BYTES = 4

/** What the kernel is told of how its work is cut: pairs of matrices, eight columns or twelve rows of one pair. */
const [BY_PAIRS, BY_COLUMNS, BY_ROWS] = [0, 1, 2]

/** A·B, for as many pairs of matrices as there are; one of them may meet all of the other side. */
export const matmul: Compute<BatchMatMulAttrs> = (ops, inputs, attrs, stock) => tryMatmul(ops, inputs, attrs) ?? stock()

/** null where it is no product that this kernel knows: tfjs says what is wrong with it, or computes it. */
function tryMatmul(ops: Ops, { a, b }: Inputs, { transposeA, transposeB }: BatchMatMulAttrs): TensorInfo | null {
  const [left, right] = [a as TensorInfo, b as TensorInfo]
  const [rowsA, columnsA] = left.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = right.shape.slice(-2) as [number, number]
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const n = transposeB ? rowsB : columnsB
  const [outerA, outerB] = [left.shape.slice(0, -2), right.shape.slice(0, -2)]
  const [countA, countB] = [util.sizeFromShape(outerA), util.sizeFromShape(outerB)]
  const outer = countA >= countB ? outerA : outerB
  // Several batches that meet several, and what is empty or no number.
  if (k !== (transposeB ? columnsB : rowsB)) return null
  if (countA !== 1 && countB !== 1 && !util.arraysEqual(outerA, outerB)) return null
  if (outerA.length !== outerB.length || [m, k, n, countA, countB].includes(0)) return null
  if (left.dtype !== 'float32' || right.dtype !== 'float32') return null
  const out = ops.backend.makeOutput([...outer, m, n], 'float32')
  const [fromA, fromB, to] = addresses(ops.backend, left, right, out)
  const [row, step] = transposeA ? [BYTES, m * BYTES] : [k * BYTES, BYTES]
  const pairs = Math.max(countA, countB)
  const [by, units] = cut(pairs, m, n)
  const [nextA, nextB] = [countA === 1 ? 0 : m * k * BYTES, countB === 1 ? 0 : k * n * BYTES]
  const sizes = [m, k, n, nextA, nextB, m * n * BYTES, by] as const
  compute(ops, 'product', [fromA, row, step, fromB, Number(transposeB), to, ...sizes], {
    units,
    multiplications: pairs * m * k * n,
  })
  return out
}

/** Parts that copy as little of B as there is: by its columns, unless those are few beside the rows. */
function cut(pairs: number, m: number, n: number): [by: number, units: number] {
  if (pairs > 1) return [BY_PAIRS, pairs]
  const [columns, rows] = [Math.ceil(n / 8), Math.ceil(m / 12)]
  return columns >= Math.min(8, rows) ? [BY_COLUMNS, columns] : [BY_ROWS, rows]
}

/** What dense and recurrent layers call in training, where nothing but a bias is fused; the rest is tfjs'. */
export const fusedMatmul: Compute<_FusedMatMulAttrs> = (ops, inputs, attrs, stock) => {
  const { bias, preluActivationWeights: prelu } = inputs
  if (prelu || attrs.activation !== 'linear') return stock()
  const product = tryMatmul(ops, inputs, attrs)
  if (!product) return stock()
  return bias ? ops.plus(product, bias) : product
}
