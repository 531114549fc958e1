/** A job file and the files that it names: a topology is taken into the job, weights go beside it. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { type JobConfig, parseJobConfig } from '../../shared/jobs/config.ts'
import { isJson, type Json } from '../../shared/jobs/topology/json.ts'
import { readTopology } from '../../shared/jobs/topology/read.ts'
import type { NamedTensors } from '../../shared/tensors/named.ts'
import { readWeights } from '../data/weights/read-weights.ts'

export interface JobFile {
  readonly config: JobConfig
  /** What its version 0 begins with; null where the seed draws all of it. */
  readonly weights: NamedTensors | null
}

/** Stands for a digest until the file is read. */
const UNREAD = '0'.repeat(64)

export interface JobChange {
  /** Of what is written in the file, before it is looked at. */
  readonly change: (json: unknown) => unknown
  /** What then stands for the file where something is wrong. */
  readonly source: string
}

/** The job in a file. Paths in it are relative to its folder. Throws 'job/invalid' or 'job/weights' with what is wrong and where. */
export async function readJobFile(path: string, changed?: JobChange): Promise<JobFile> {
  const file = `The job file ${path}`
  const source = changed?.source ?? file
  const written = await readJson(path, file)
  const json = changed ? changed.change(written) : written
  if (!isJson(json) || !isJson(json.model)) return { config: parseJobConfig(json, source), weights: null }
  const { topology } = json.model
  const model =
    typeof topology === 'string' ? { ...json.model, topology: await namedTopology(path, topology) } : json.model
  const named = isJson(model.weights)
    ? model.weights
    : typeof model.weights === 'string'
      ? { from: model.weights }
      : null
  if (named === null) return { config: parseJobConfig({ ...json, model }, source), weights: null }

  const withDigest = (sha256: unknown): Json => ({ ...json, model: { ...model, weights: { ...named, sha256 } } })
  // Before a file is read that may be large.
  const draft = parseJobConfig(withDigest(named.sha256 ?? UNREAD), source)
  const from = resolve(dirname(path), draft.model.weights?.from ?? '')
  const { weights, sha256 } = await readWeights(from)
  if (named.sha256 !== undefined && named.sha256 !== sha256) {
    throw new TributaryError(
      'job/weights',
      `The weights ${from} are not those that the job file means: their sha256 is ${sha256}, and model.weights.sha256 is ${String(named.sha256)}. Name the right file, or leave sha256 out.`,
    )
  }
  return { config: parseJobConfig(withDigest(sha256), source), weights }
}

async function namedTopology(jobFile: string, name: string): Promise<unknown> {
  const path = resolve(dirname(jobFile), name)
  if (/\.(keras|h5|hdf5|pb)$/i.test(name)) {
    throw new TributaryError(
      'job/invalid',
      `The topology ${path} is no JSON. Write it with Keras’ model.to_json(); docs/own-model.md shows how.`,
    )
  }
  const json = await readJson(path, `The topology ${path}`)
  try {
    return readTopology(json)
  } catch (thrown) {
    const { message } = errorInfo(thrown)
    throw new TributaryError('job/invalid', message.replace(/^The topology/, `The topology ${path}`), { cause: thrown })
  }
}

async function readJson(path: string, what: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new TributaryError('job/invalid', `${what} cannot be read: ${errorInfo(cause).message}.`, { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TributaryError('job/invalid', `${what} is not JSON: ${errorInfo(cause).message}.`, { cause })
  }
}
