/** One program for a group of pointwise nodes: what they hand to each other stays in registers. */
import { PCG_WGSL } from '../../draws/bits.ts'
import type { ValueId } from '../graph.ts'
import { literal } from './expressions.ts'
import type { Pointwise } from './pointwise.ts'
import type { ElementType } from './program-note.ts'

export const FUSED_THREADS = 64

export interface Member {
  readonly out: ValueId
  readonly reads: readonly ValueId[]
  readonly pointwise: Pointwise
}

export interface Kernel {
  readonly code: string
  readonly writes: readonly ValueId[]
  readonly reads: readonly ValueId[]
}

/** Whether the member reads this input as it is computed, element by element, from another member of its size. */
export function readsInPlace({ pointwise }: Pick<Member, 'pointwise'>, input: number, producerSize: number): boolean {
  const index = pointwise.reads[input]?.index
  return producerSize === pointwise.size && (index === 'i' || pointwise.size === 1)
}

/** `written`: which of the members' values others read. `scalar`: the value of a constant of one element. */
export function kernelOf(
  members: readonly Member[],
  written: (id: ValueId) => boolean,
  scalar: (id: ValueId, type: ElementType) => number | null,
): Kernel {
  const names = new Map<ValueId, string>()
  const sizes = new Map(members.map(({ out, pointwise }) => [out, pointwise.size] as const))
  const inputs = new Map<ValueId, { readonly name: string; readonly type: ElementType }>()
  const loaded = new Map<string, string>()
  const lines: string[] = []
  const load = (member: Member, input: number): string => {
    const id = member.reads[input] as ValueId
    const { index, type } = member.pointwise.reads[input] as Pointwise['reads'][number]
    const own = names.get(id)
    if (own !== undefined && readsInPlace(member, input, sizes.get(id) ?? -1)) return own
    const constant = scalar(id, type)
    const text = constant === null ? null : literal(constant)
    if (text !== null) return text
    const { name } = inputs.get(id) ?? { name: `x${inputs.size}` }
    inputs.set(id, { name, type })
    const key = `${name}[${index}]`
    const before = loaded.get(key)
    if (before !== undefined) return before
    const local = `l${loaded.size}`
    loaded.set(key, local)
    lines.push(`let ${local} = ${type === 'float32' ? key : `f32(${key})`};`)
    return local
  }
  for (const member of members) {
    const values = member.reads.map((_, input) => load(member, input))
    const name = `v${names.size}`
    names.set(member.out, name)
    lines.push(`let ${name} = ${member.pointwise.expression(values)};`)
  }
  const outputs = members.filter(({ out }) => written(out))
  outputs.forEach(({ out, pointwise }, n) => {
    const name = names.get(out)
    lines.push(`o${n}[i] = ${pointwise.type === 'float32' ? name : `i32(${name})`};`)
  })
  const array = (type: ElementType) => `array<${type === 'float32' ? 'f32' : 'i32'}>`
  const bindings = [
    ...outputs.map(({ pointwise }, n) => `var<storage, read_write> o${n}: ${array(pointwise.type)};`),
    ...[...inputs.values()].map(({ name, type }) => `var<storage, read> ${name}: ${array(type)};`),
  ].map((text, binding) => `@group(0) @binding(${binding}) ${text}`)
  const code = `${bindings.join('\n')}
${PCG_WGSL}
@compute @workgroup_size(${FUSED_THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * ${FUSED_THREADS}u + local;
  if (i >= ${members[0]?.pointwise.size}u) { return; }
  ${lines.join('\n  ')}
}`
  return { code, writes: outputs.map(({ out }) => out), reads: [...inputs.keys()] }
}
