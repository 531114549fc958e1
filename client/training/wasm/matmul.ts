/** Products of transposed matrices, which tfjs computes by a plain loop, as products of matrices, which XNNPACK computes. */
import type { BatchMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core'
import type { Compute, Ops } from './kernels.ts'

/**
 * A·B for single matrices. Where something must be transposed, it is the lesser: the factors, or with
 * (A·B)ᵀ = Bᵀ·Aᵀ the other ones and the product.
 */
export const matmul: Compute<BatchMatMulAttrs> = (ops, { a, b }, { transposeA, transposeB }, stock) => {
  const [left, right] = [a as TensorInfo, b as TensorInfo]
  if ((!transposeA && !transposeB) || !isMatrix(left) || !isMatrix(right)) return stock()
  const [rowsA, columnsA] = left.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = right.shape.slice(-2) as [number, number]
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA]
  const n = transposeB ? rowsB : columnsB
  // It says what is wrong.
  if (k !== (transposeB ? columnsB : rowsB)) return stock()
  const straight = (transposeA ? m * k : 0) + (transposeB ? k * n : 0)
  const crossed = (transposeA ? 0 : m * k) + (transposeB ? 0 : k * n) + m * n
  const out =
    straight <= crossed
      ? product(ops, { x: left, turn: transposeA }, { x: right, turn: transposeB })
      : transposed(ops, product(ops, { x: right, turn: !transposeB }, { x: left, turn: !transposeA }))
  const rank = Math.max(left.shape.length, right.shape.length)
  return { ...out, shape: [...Array<number>(rank - 2).fill(1), m, n] }
}

interface Factor {
  readonly x: TensorInfo
  readonly turn: boolean
}

function product(ops: Ops, a: Factor, b: Factor): TensorInfo {
  const left = a.turn ? turned(ops, a.x) : matrix(a.x)
  // XNNPACK keeps what it has packed of the right factor by its data's id, whatever its shape was: this one is new.
  const right = b.turn ? turned(ops, b.x) : ops.run('Identity', { x: matrix(b.x) }, {})
  // Through this kernel again: nothing is transposed now.
  const out = ops.run('BatchMatMul', { a: single(left), b: single(right) }, { transposeA: false, transposeB: false })
  if (a.turn) ops.free(left)
  ops.free(right)
  return out
}

function matrix(x: TensorInfo): TensorInfo {
  return { ...x, shape: x.shape.slice(-2) }
}

function single(x: TensorInfo): TensorInfo {
  return { ...x, shape: [1, ...x.shape] }
}

function turned(ops: Ops, x: TensorInfo): TensorInfo {
  return ops.transpose(matrix(x), [1, 0])
}

function transposed(ops: Ops, x: TensorInfo): TensorInfo {
  const out = turned(ops, x)
  ops.free(x)
  return out
}

/** Of float32, and neither several nor empty. */
function isMatrix({ shape, dtype }: TensorInfo): boolean {
  return dtype === 'float32' && !shape.includes(0) && shape.slice(0, -2).every((d) => d === 1)
}
