import { pointwiseOf } from './fusion/pointwise.ts'
import { type Graph, keyOf, type Value, type ValueId } from './graph.ts'
import { RecordingError } from './internals.ts'
import type { AnyPipeline } from './pending-pipeline.ts'
import type { Trace } from './trace.ts'
import { contentsOf, isVirtual } from './virtual-buffer.ts'

/** What is known of buffers that were there before the step. */
export interface Known {
  readonly inputs: ReadonlyMap<GPUBuffer, string>
  readonly weights: ReadonlyMap<GPUBuffer, number>
}

/** Throws RecordingError where the step reads what nobody knows, or writes what it must not. */
export function graphOf({ dispatches, results, weights }: Trace, known: Known): Graph<AnyPipeline> {
  const values: Value[] = []
  const ids = new Map<GPUBuffer, ValueId>()
  const constants = new Map<string, ValueId>()
  const add = (value: Value): ValueId => values.push(value) - 1
  const make = (buffer: GPUBuffer): ValueId => {
    const bytes = buffer.size
    const name = known.inputs.get(buffer)
    if (name !== undefined) return add({ kind: 'input', bytes, name })
    const weight = known.weights.get(buffer)
    if (weight !== undefined) return add({ kind: 'weight', bytes, weight })
    if (!isVirtual(buffer)) throw new RecordingError('It reads a tensor that is neither a weight nor of the batch.')
    const contents = contentsOf(buffer)
    if (!contents) return add({ kind: 'temporary', bytes })
    const uniform = (buffer.usage & GPUBufferUsage.UNIFORM) !== 0
    const constant = { kind: 'constant', bytes, contents: new Uint8Array(contents), uniform } as const
    const key = keyOf(constant)
    const before = constants.get(key)
    if (before !== undefined) return before
    const id = add(constant)
    constants.set(key, id)
    return id
  }
  const idOf = (buffer: GPUBuffer): ValueId => {
    const id = ids.get(buffer) ?? make(buffer)
    ids.set(buffer, id)
    return id
  }
  const nodes = dispatches.map(({ pipeline, buffers, workgroups, note }) => {
    const [out, ...reads] = buffers.map(idOf) as [ValueId, ...ValueId[]]
    if (values[out]?.kind !== 'temporary') throw new RecordingError('It writes to what it was given.')
    return { pipeline, writes: [out], reads, workgroups, pointwise: note && pointwiseOf(note) }
  })
  return { values, nodes, results: results.map(idOf), weights: weights.map(idOf) }
}
