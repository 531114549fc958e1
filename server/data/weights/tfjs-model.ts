/** The weights of a tfjs layers model: a model.json whose weightsManifest names the files that they lie in. */
import { dirname, isAbsolute, join, normalize } from 'node:path'
import { isJson, type Json } from '../../../shared/jobs/topology/json.ts'
import type { DType } from '../../../shared/tensors/dtypes.ts'
import { FlatParams } from '../../../shared/tensors/flat.ts'
import { NamedReader, type NamedTensors, type StoredTensor, storedBytes } from '../../../shared/tensors/named.ts'
import { type DigestedFiles, unusable } from './digested-files.ts'

interface Group {
  readonly paths: readonly string[]
  readonly tensors: readonly StoredTensor[]
}

export async function readTfjsModel(path: string, files: DigestedFiles): Promise<NamedTensors> {
  const pieces: Uint8Array[] = []
  for await (const piece of files.pieces(path)) pieces.push(piece)
  const read: NamedTensors[] = []
  for (const group of groupsOf(path, Buffer.concat(pieces).toString('utf8')))
    read.push(await readGroup(path, group, files))
  const tensors = read.flatMap((group) => group.tensors)
  return { tensors, values: FlatParams.concat(read.flatMap(({ values }) => values.tiles)) }
}

/** A group's tensors lie one after the other in its files, which may be cut anywhere. */
async function readGroup(path: string, { paths, tensors }: Group, files: DigestedFiles): Promise<NamedTensors> {
  const shards = paths.map((name) => shardPath(path, name))
  const sizes = await Promise.all(shards.map((shard) => files.size(shard)))
  const there = sizes.reduce((n, size) => n + size, 0)
  const listed = storedBytes(tensors)
  // Before memory is taken for what is listed.
  if (there !== listed) {
    const how = there < listed ? 'fewer' : 'more'
    throw unusable(
      path,
      `names ${paths.join(', ')}, in which ${how} bytes lie than the weights that it lists take: ${there}, not ${listed}.`,
    )
  }
  const reader = new NamedReader(tensors)
  for (const shard of shards) for await (const piece of files.pieces(shard)) reader.push(piece)
  const read = reader.finish()
  if (!read) throw unusable(path, `names ${paths.join(', ')}, which changed while they were read.`)
  return read
}

function shardPath(path: string, name: string): string {
  const within = normalize(name)
  if (isAbsolute(within) || within.startsWith('..')) {
    throw unusable(
      path,
      `names the file ${name}, which is not beside it. Put the weights into the folder of the model.json.`,
    )
  }
  return join(dirname(path), within)
}

function groupsOf(path: string, text: string): Group[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw unusable(path, `is not JSON: ${(cause as Error).message}.`)
  }
  const manifest = isJson(json) ? json.weightsManifest : null
  if (!Array.isArray(manifest) || manifest.length === 0) {
    throw unusable(
      path,
      'names no weights (weightsManifest): it is a topology alone. Name a model.json that model.save() wrote.',
    )
  }
  const faults: string[] = []
  const groups = manifest.map((group: unknown): Group => {
    const { paths, weights } = isJson(group) ? group : ({} as Json)
    if (!Array.isArray(paths) || !paths.every((name) => typeof name === 'string') || !Array.isArray(weights)) {
      throw unusable(path, 'has a weightsManifest in which a group lacks its paths or its weights.')
    }
    const tensors = weights.flatMap((weight) => tensorOf(weight, faults))
    return { paths, tensors }
  })
  if (faults.length > 0) {
    throw unusable(
      path,
      `has weights that are no float32 and cannot become it without loss: ${faults.join(', ')}. Save it without quantisation.`,
    )
  }
  return groups
}

/** Float16 is read; what is quantised to whole numbers has lost what it was. */
function tensorOf(weight: unknown, faults: string[]): StoredTensor[] {
  const { name, shape, dtype, quantization } = isJson(weight) ? weight : ({} as Json)
  if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
    faults.push(`${String(name)} (without a name or a shape)`)
    return []
  }
  const stored = isJson(quantization) ? quantization.dtype : dtype
  const readAs: DType | null = stored === 'float32' ? 'F32' : stored === 'float16' ? 'F16' : null
  if (readAs === null || dtype !== 'float32') faults.push(`${name} (${String(stored)})`)
  return readAs === null ? [] : [{ name, shape, dtype: readAs }]
}
