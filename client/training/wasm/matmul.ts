/** Products of transposed matrices, which tfjs computes by a plain loop, as products of matrices, which XNNPACK computes. */
import type { BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import type { Compute, Ops } from './kernels.ts'

/**
 * A·B for single matrices. Where something must be transposed, it is the lesser: the factors, or with
 * (A·B)ᵀ = Bᵀ·Aᵀ the other ones and the product.
 */
export const matmul: Compute<BatchMatMulAttrs> = (ops, { a, b }, { transposeA, transposeB }, stock) => {
  const [left, right] = [a as TensorInfo, b as TensorInfo]
  const isPlain = !transposeA && !transposeB
  if (isPlain || !isSingle(left) || !isSingle(right) || left.dtype !== 'float32' || right.dtype !== 'float32')
    return stock()
  const [rowsA, columnsA] = left.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = right.shape.slice(-2) as [number, number]
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const n = transposeB ? rowsB : columnsB
  const straight = (transposeA ? m * k : 0) + (transposeB ? k * n : 0)
  const crossed = (transposeA ? 0 : m * k) + (transposeB ? 0 : k * n) + m * n
  const out =
    straight <= crossed
      ? product(ops, { x: left, turn: transposeA }, { x: right, turn: transposeB })
      : turned(ops, product(ops, { x: right, turn: !transposeB }, { x: left, turn: !transposeA }))
  const rank = Math.max(left.shape.length, right.shape.length)
  return { ...out, shape: [...Array<number>(rank - 2).fill(1), m, n] }
}

interface Factor {
  readonly x: TensorInfo
  readonly turn: boolean
}

function product(ops: Ops, a: Factor, b: Factor): TensorInfo {
  const [left, right] = [factor(ops, a), factor(ops, b)]
  // Through the backend's own kernel again: nothing is transposed now.
  const out = ops.run('BatchMatMul', { a: left, b: right }, { transposeA: false, transposeB: false })
  if (a.turn) ops.free(left)
  if (b.turn) ops.free(right)
  return out
}

/** The factor as [1, rows, columns]. */
function factor(ops: Ops, { x, turn }: Factor): TensorInfo {
  const matrix = { ...x, shape: x.shape.slice(-2) }
  const info = turn ? ops.transpose(matrix, [1, 0]) : matrix
  return { ...info, shape: [1, ...info.shape] }
}

function turned(ops: Ops, x: TensorInfo): TensorInfo {
  const out = ops.transpose({ ...x, shape: x.shape.slice(-2) }, [1, 0])
  ops.free(x)
  return out
}

function isSingle({ shape }: TensorInfo): boolean {
  return shape.length >= 2 && shape.slice(0, -2).every((d) => d === 1)
}
