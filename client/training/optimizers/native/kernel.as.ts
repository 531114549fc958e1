/**
 * The update rules of rules.ts in one pass over each weight, in AssemblyScript, for 128-bit SIMD. Not part of the TypeScript
 * program: `node scripts/kernel.mjs` compiles this file into kernel-bytes.ts, and a test holds the two together.
 *
 * Addresses are bytes in tfjs' own memory: w the weights, g their gradients, out the new weights, the rest what is
 * remembered, which is changed in place. All are float32, `n` of them. Gradients are multiplied by `scale`, bounded to
 * ±`bound`, and `penalty` times the weight is added to them.
 */

/** Four elements, or the one at the address in all lanes where fewer than four are left. */
function fetch(at: usize, step: i32): v128 {
  return step === 4 ? v128.load(at) : v128.load_splat<f32>(at)
}

function put(at: usize, values: v128, step: i32): void {
  if (step === 4) v128.store(at, values)
  else v128.store_lane<f32>(at, values, 0)
}

/** min and max keep a NaN: what went wrong stays to be seen. */
function gradient(g: v128, w: v128, scale: f32, bound: f32, penalty: f32): v128 {
  const most = f32x4.splat(bound)
  const clipped = f32x4.max(f32x4.min(f32x4.mul(g, f32x4.splat(scale)), most), f32x4.neg(most))
  return f32x4.add(clipped, f32x4.mul(w, f32x4.splat(penalty)))
}

/** Σ x², in float64. */
export function sumSquares(x: usize, n: i32): f64 {
  const end = x + ((<usize>n) << 2)
  const vectors = x + ((<usize>(n & ~3)) << 2)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (; x < vectors; x += 16) {
    const values = v128.load(x)
    const a = f64x2.promote_low_f32x4(values)
    const b = f64x2.promote_low_f32x4(v128.shuffle<i64>(values, values, 1, 0))
    low = f64x2.add(low, f64x2.mul(a, a))
    high = f64x2.add(high, f64x2.mul(b, b))
  }
  const sums = f64x2.add(low, high)
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  for (; x < end; x += 4) {
    const value = <f64>load<f32>(x)
    sum += value * value
  }
  return sum
}

export function sgd(w: usize, g: usize, out: usize, n: i32, scale: f32, bound: f32, penalty: f32, rate: f32): void {
  for (let i = 0; i < n; ) {
    const step = n - i >= 4 ? 4 : 1
    const at = (<usize>i) << 2
    const weights = fetch(w + at, step)
    const slope = gradient(fetch(g + at, step), weights, scale, bound, penalty)
    put(out + at, f32x4.sub(weights, f32x4.mul(slope, f32x4.splat(rate))), step)
    i += step
  }
}

/** `ahead`: by Nesterov's rule. */
export function momentum(
  w: usize,
  g: usize,
  out: usize,
  speed: usize,
  n: i32,
  scale: f32,
  bound: f32,
  penalty: f32,
  rate: f32,
  friction: f32,
  ahead: bool,
): void {
  const kept = f32x4.splat(friction)
  for (let i = 0; i < n; ) {
    const step = n - i >= 4 ? 4 : 1
    const at = (<usize>i) << 2
    const weights = fetch(w + at, step)
    const slope = gradient(fetch(g + at, step), weights, scale, bound, penalty)
    const next = f32x4.add(f32x4.mul(fetch(speed + at, step), kept), slope)
    put(speed + at, next, step)
    const by = ahead ? f32x4.add(slope, f32x4.mul(next, kept)) : next
    put(out + at, f32x4.sub(weights, f32x4.mul(by, f32x4.splat(rate))), step)
    i += step
  }
}

/** `c1`, `c2`: what the moments are multiplied by. */
export function adam(
  w: usize,
  g: usize,
  out: usize,
  first: usize,
  second: usize,
  n: i32,
  scale: f32,
  bound: f32,
  penalty: f32,
  rate: f32,
  shrinkage: f32,
  beta1: f64,
  beta2: f64,
  c1: f32,
  c2: f32,
  epsilon: f32,
): void {
  const old1 = f32x4.splat(<f32>beta1)
  const new1 = f32x4.splat(<f32>(1 - beta1))
  const old2 = f32x4.splat(<f32>beta2)
  const new2 = f32x4.splat(<f32>(1 - beta2))
  for (let i = 0; i < n; ) {
    const step = n - i >= 4 ? 4 : 1
    const at = (<usize>i) << 2
    const weights = fetch(w + at, step)
    const slope = gradient(fetch(g + at, step), weights, scale, bound, penalty)
    const m = f32x4.add(f32x4.mul(fetch(first + at, step), old1), f32x4.mul(slope, new1))
    const v = f32x4.add(f32x4.mul(fetch(second + at, step), old2), f32x4.mul(f32x4.mul(slope, slope), new2))
    put(first + at, m, step)
    put(second + at, v, step)
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, f32x4.splat(c2))), f32x4.splat(epsilon))
    const by = f32x4.div(f32x4.mul(f32x4.mul(m, f32x4.splat(c1)), f32x4.splat(rate)), root)
    put(out + at, f32x4.sub(f32x4.mul(weights, f32x4.splat(shrinkage)), by), step)
    i += step
  }
}

export function adagrad(
  w: usize,
  g: usize,
  out: usize,
  squares: usize,
  n: i32,
  scale: f32,
  bound: f32,
  penalty: f32,
  rate: f32,
  epsilon: f32,
): void {
  for (let i = 0; i < n; ) {
    const step = n - i >= 4 ? 4 : 1
    const at = (<usize>i) << 2
    const weights = fetch(w + at, step)
    const slope = gradient(fetch(g + at, step), weights, scale, bound, penalty)
    const next = f32x4.add(fetch(squares + at, step), f32x4.mul(slope, slope))
    put(squares + at, next, step)
    const root = f32x4.sqrt(f32x4.add(next, f32x4.splat(epsilon)))
    put(out + at, f32x4.sub(weights, f32x4.div(f32x4.mul(slope, f32x4.splat(rate)), root)), step)
    i += step
  }
}

export function rmsprop(
  w: usize,
  g: usize,
  out: usize,
  squares: usize,
  speed: usize,
  n: i32,
  scale: f32,
  bound: f32,
  penalty: f32,
  rate: f32,
  rho: f64,
  friction: f32,
  epsilon: f32,
): void {
  const old = f32x4.splat(<f32>rho)
  const fresh = f32x4.splat(<f32>(1 - rho))
  for (let i = 0; i < n; ) {
    const step = n - i >= 4 ? 4 : 1
    const at = (<usize>i) << 2
    const weights = fetch(w + at, step)
    const slope = gradient(fetch(g + at, step), weights, scale, bound, penalty)
    const next = f32x4.add(f32x4.mul(fetch(squares + at, step), old), f32x4.mul(f32x4.mul(slope, slope), fresh))
    put(squares + at, next, step)
    const by = f32x4.div(f32x4.mul(slope, f32x4.splat(rate)), f32x4.sqrt(f32x4.add(next, f32x4.splat(epsilon))))
    const moved = f32x4.add(f32x4.mul(fetch(speed + at, step), f32x4.splat(friction)), by)
    put(speed + at, moved, step)
    put(out + at, f32x4.sub(weights, moved), step)
    i += step
  }
}
