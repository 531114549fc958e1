/** For integration tests of the store: a job whose versions are real ones. */
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { Layout } from '../../shared/tensors/layout.ts'
import { VersionStore } from '../jobs/versions.ts'
import type { Store } from './open.ts'
import { attempt, counted, job, version } from './testing.ts'

/** Weights of a version: 40 kB and 2 MB. */
export const SMALL = 10_000
export const LARGE = 500_000

function weights(number: number, length: number): FlatParams {
  return FlatParams.concat([new Float32Array(length).fill(number)])
}

/** The job's next version, from its weights to its record. Version n is n everywhere. */
export async function commitNext(store: Store, length: number): Promise<void> {
  const number = (await store.records.versions('j')).length
  const layout: Layout = [{ name: 'w', shape: [length], dtype: 'float32', role: 'trained' }]
  const versions = new VersionStore(store.blobs)
  const frame = await versions.putFrame('j', { class_name: 'Sequential' }, layout, FlatParams.zeros(0))
  const { digest } = await versions.put(frame, number, null, weights(number, length))
  const record = version('j', number, { digest })
  if (number === 0) await store.records.createJob(job('j'), record)
  else await store.records.commitVersion(record, attempt('j', number), counted(`j/${number}/a`))
}

/** The kept versions' numbers; throws unless each can be read and holds what was committed. */
export async function keptVersions(store: Store): Promise<number[]> {
  const kept = (await store.records.versions('j')).filter((v) => v.kept)
  for (const { digest, version: number } of kept) {
    const { version: read } = await new VersionStore(store.blobs).get(digest)
    const values = read.params.read(0, read.params.length)
    if (read.number !== number || values.some((value) => value !== number)) {
      throw new Error(`version ${number} does not hold what was committed`)
    }
  }
  return kept.map((v) => v.version)
}
