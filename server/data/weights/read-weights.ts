/** The weights that a job is to begin with, from a file that its author names. */
import { extname } from 'node:path'
import type { NamedTensors } from '../../../shared/tensors/named.ts'
import { DigestedFiles, unusable } from './digested-files.ts'
import { readSafetensorsFile } from './safetensors-file.ts'
import { readTfjsModel } from './tfjs-model.ts'

export interface WeightsFile {
  readonly weights: NamedTensors
  /** Of the file's bytes; of a model.json, of its own and those of its shards, one after the other. */
  readonly sha256: string
}

/** Where the weights are in a format that is not read here, how to make one that is. */
const OTHERS: Readonly<Record<string, string>> = {
  '.h5': 'Write them as safetensors, or convert the model with tensorflowjs_converter; docs/own-model.md shows how.',
  '.keras': 'Write them as safetensors from Keras; docs/own-model.md shows how.',
  '.bin': 'Name the model.json beside it.',
}

/** Weights in safetensors, or a tfjs model.json with its shards beside it. Throws 'job/weights'. */
export async function readWeights(path: string): Promise<WeightsFile> {
  const kind = extname(path).toLowerCase()
  const files = new DigestedFiles()
  switch (kind) {
    case '.safetensors':
      return { weights: await readSafetensorsFile(path, files), sha256: files.sha256() }
    case '.json':
      return { weights: await readTfjsModel(path, files), sha256: files.sha256() }
    default:
      throw unusable(
        path,
        `is no file that weights are read from: those are a .safetensors, or a model.json with its weights beside it. ${OTHERS[kind] ?? ''}`.trim(),
      )
  }
}
