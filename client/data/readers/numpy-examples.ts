/** NumPy's arrays as a job's examples. */
import { type Dataset, PLAIN } from '../../../shared/datasets/dataset.ts'
import { inputOf, scaleOf, targetsOf } from '../../../shared/datasets/schema.ts'
import { TributaryError } from '../../../shared/errors/error.ts'
import type { DataSchema } from '../../../shared/protocol/data.ts'
import { elements } from '../../../shared/tensors/layout.ts'
import type { SourceFile } from '../files/source-file.ts'
import { inputsAndTargets, type NumpyArray } from './npy.ts'
import type { Reading } from './reading.ts'

/** Of a table the inputs are the job's columns as the model is given them. Throws 'data/mismatch' where shapes differ. */
export async function readNumpy(files: readonly SourceFile[], schema: DataSchema, reading: Reading): Promise<Dataset> {
  const { x, y } = await inputsAndTargets(files)
  const { shape } = inputOf(schema)
  const [count = 0, ...given] = x.shape
  const size = elements(shape)
  if (count === 0) throw new TributaryError('data/empty', `${x.path} has no examples. Choose other files.`)
  if (elements(given) !== size || !isSame(given, shape))
    throw new TributaryError(
      'data/mismatch',
      `${x.path} has examples of the shape [${given.join(', ')}]; this job takes [${shape.join(', ')}].`,
    )
  reading.read(files.reduce((sum, file) => sum + file.size, 0))
  reading.has(count)
  const targets = readTargets(y, schema)
  switch (schema.kind) {
    case 'images': {
      const [low, high] = rangeOf(x.values)
      if (low < 0 || high > 255)
        throw new TributaryError(
          'data/mismatch',
          `${x.path} has values from ${low} to ${high}; pixels are from 0 to 255, or from 0 to 1.`,
        )
      if (x.whole || high > 1) {
        const values = x.values instanceof Uint8Array ? x.values : Uint8Array.from(x.values, Math.round)
        return { count, shape, values, scale: scaleOf(schema), targets }
      }
      reading.report.note(`${x.path}: its values are taken as pixels between 0 and 1.`)
      return { count, shape, values: Float32Array.from(x.values), scale: schema.normalise, targets }
    }
    case 'table':
      return { count, shape, values: Float32Array.from(x.values), scale: PLAIN, targets }
    case 'text': {
      const [low, high] = rangeOf(x.values)
      const most = schema.vocabulary.length
      if (low < 0 || high > most || !Array.prototype.every.call(x.values, Number.isInteger))
        throw new TributaryError(
          'data/mismatch',
          `${x.path} has values from ${low} to ${high}; this job’s tokens are whole numbers from 0 to ${most}.`,
        )
      return { count, shape, values: Int32Array.from(x.values), scale: PLAIN, targets }
    }
    default:
      return schema satisfies never
  }
}

function rangeOf(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number)
    high = Math.max(high, values[i] as number)
  }
  return [low, high]
}

/** Without regard to dimensions of 1, which grey pictures may or may not have. */
function isSame(a: readonly number[], b: readonly number[]): boolean {
  const long = (shape: readonly number[]) => shape.filter((d) => d !== 1).join()
  return long(a) === long(b)
}

function readTargets(y: NumpyArray, schema: DataSchema): Dataset['targets'] {
  const wanted = targetsOf(schema)
  if (!('classes' in wanted)) return { ...wanted, values: Float32Array.from(y.values) }
  const { classes } = wanted
  const labels = Int32Array.from(y.values)
  const wrong = labels.findIndex((label, i) => label !== y.values[i] || label < 0 || label >= classes)
  if (wrong >= 0)
    throw new TributaryError(
      'data/mismatch',
      `${y.path} has the label ${y.values[wrong]} at example ${wrong} (counted from 0); this job’s labels are whole numbers from 0 to ${classes - 1}.`,
    )
  return { classes, labels }
}
