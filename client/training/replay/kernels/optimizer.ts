/** The update rules of optimizers/rules.ts, in one pass over all weights. */
import type { OptimizerSettings } from '../../../../shared/protocol/participant.ts'
import { penaltyOf, SLOTS } from '../../optimizers/rules.ts'

/** Threads of a workgroup, and elements of each of them. */
export const THREADS = 256
export const LANES = 4

/** Workgroups that add up squares, each a part of its own. */
export const PARTS = 64

const float = (value: number): string => `f32(${value})`

/** What changes from step to step, in this order, as 32-bit floats. */
export const RATES = ['learningRate', 'shrinkage', 'correction1', 'correction2'] as const

const RATES_STRUCT = `struct Rates { ${RATES.map((name) => `${name}: f32`).join(', ')} }`

/**
 * Bindings: 0 weights, 1 gradients, 2 rates (uniform), 3 the step's sums, 4 all sums, then one for each slot, then, with
 * clipNorm, the parts of the gradients' squares. `sums`: whether this is the one that adds the step's sums to all.
 */
export function optimizerShader(settings: OptimizerSettings, sums: boolean): string {
  const { name, clipNorm } = settings
  const slots = SLOTS[name].map((_, i) => i)
  const buffer = (binding: number, what: string, mode = 'read_write') =>
    `@group(0) @binding(${binding}) var<storage, ${mode}> ${what};`
  return `
    ${RATES_STRUCT}
    ${buffer(0, 'weights: array<vec4f>')}
    ${buffer(1, 'gradients: array<vec4f>', 'read')}
    @group(0) @binding(2) var<uniform> rates: Rates;
    ${sums ? `${buffer(3, 'own: array<f32>', 'read')} ${buffer(4, 'all: array<f32>')}` : ''}
    ${slots.map((i) => buffer(5 + i, `slot${i}: array<vec4f>`)).join('\n')}
    ${clipNorm === null ? '' : `${buffer(7, 'parts: array<f32>', 'read')} var<workgroup> scale: f32;`}
    @compute @workgroup_size(${THREADS})
    fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
      let i = (group.y * groups.x + group.x) * ${THREADS}u + local;
      ${clipNorm === null ? '' : scaleOf(clipNorm)}
      ${sums ? 'if (i == 0u) { all[0] += own[0]; all[1] += own[1]; }' : ''}
      if (i >= arrayLength(&weights)) { return; }
      let w = weights[i];
      let g = ${clipped(settings)}${penaltyOf(settings) === 0 ? '' : ` + w * ${float(penaltyOf(settings))}`};
      ${ruleOf(settings)}
    }`
}

/** Bindings: 0 the parts, 1 gradients. Workgroup p writes part \`first\` + p. */
export function squaresShader(first: number): string {
  return `
    @group(0) @binding(0) var<storage, read_write> parts: array<f32>;
    @group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
    var<workgroup> sums: array<f32, ${THREADS}>;
    @compute @workgroup_size(${THREADS})
    fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
      var sum = 0f;
      for (var i = group.x * ${THREADS}u + local; i < arrayLength(&gradients); i += ${THREADS * PARTS}u) {
        sum += dot(gradients[i], gradients[i]);
      }
      sums[local] = sum;
      for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (local < half) { sums[local] += sums[local + half]; }
      }
      if (local == 0u) { parts[${first}u + group.x] = sums[0]; }
    }`
}

function scaleOf(clipNorm: number): string {
  return `
      if (local == 0u) {
        var squares = 0f;
        for (var p = 0u; p < arrayLength(&parts); p++) { squares += parts[p]; }
        scale = ${float(clipNorm)} / max(${float(clipNorm)}, sqrt(squares));
      }
      workgroupBarrier();`
}

function clipped({ clipNorm, clipValue }: OptimizerSettings): string {
  // What went wrong stays to be seen: clamp may answer anything for a NaN.
  if (clipValue !== null) {
    const bound = `vec4f(${float(clipValue)})`
    return `select(clamp(gradients[i], -${bound}, ${bound}), gradients[i], ${isNan('gradients[i]')})`
  }
  return clipNorm === null ? 'gradients[i]' : 'gradients[i] * scale'
}

/** By its bits, since compilers may take for granted that there is none. */
function isNan(vector: string): string {
  return `((bitcast<vec4u>(${vector}) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u))`
}

function ruleOf({ name, momentum, beta1, beta2, rho, epsilon }: OptimizerSettings): string {
  const rate = 'rates.learningRate'
  switch (name) {
    case 'sgd':
      return `weights[i] = w - g * ${rate};`
    case 'momentum':
    case 'nesterov':
      return `
      let a = slot0[i] * ${float(momentum)} + g;
      slot0[i] = a;
      weights[i] = w - ${name === 'momentum' ? 'a' : `(g + a * ${float(momentum)})`} * ${rate};`
    case 'adam':
    case 'adamw':
      return `
      let m = slot0[i] * ${float(beta1)} + g * ${float(1 - beta1)};
      let v = slot1[i] * ${float(beta2)} + g * g * ${float(1 - beta2)};
      slot0[i] = m;
      slot1[i] = v;
      let by = m * rates.correction1 / (sqrt(v * rates.correction2) + ${float(epsilon)}) * ${rate};
      weights[i] = ${name === 'adam' ? 'w' : 'w * rates.shrinkage'} - by;`
    case 'adagrad':
      return `
      let a = slot0[i] + g * g;
      slot0[i] = a;
      weights[i] = w - g / sqrt(a + ${float(epsilon)}) * ${rate};`
    case 'rmsprop':
      return `
      let s = slot0[i] * ${float(rho)} + g * g * ${float(1 - rho)};
      let a = slot1[i] * ${float(momentum)} + g / sqrt(s + ${float(epsilon)}) * ${rate};
      slot0[i] = s;
      slot1[i] = a;
      weights[i] = w - a;`
    default:
      return name satisfies never
  }
}
