/** NumPy's arrays: a pair of .npy, or both in an .npz. */
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'
import { elements } from '../../../shared/tensors/layout.ts'
import { bytesOf, nameOf, type SourceFile } from '../files/source-file.ts'

export interface NumpyArray {
  readonly path: string
  readonly shape: readonly number[]
  readonly values: ArrayLike<number>
  /** Whether its values are whole numbers by their type. */
  readonly whole: boolean
}

const INPUTS = /^(x|images?|inputs?|features?|data)(_|\b|\d)/i
const TARGETS = /^(y|labels?|targets?|classes)(_|\b|\d)/i

/** Which file holds inputs and which targets, by their names. Throws 'data/mismatch' where that is not clear. */
export async function inputsAndTargets(files: readonly SourceFile[]): Promise<{ x: NumpyArray; y: NumpyArray }> {
  const named = (pattern: RegExp) => files.filter((file) => pattern.test(nameOf(file)))
  const [[inputs, ...moreInputs], [targets, ...moreTargets]] = [named(INPUTS), named(TARGETS)]
  if (!inputs || !targets || moreInputs.length > 0 || moreTargets.length > 0)
    throw new TributaryError(
      'data/mismatch',
      `NumPy files come in pairs, x.npy with the inputs and y.npy with the targets, or both in one .npz; here are ${files.map(nameOf).join(', ')}. Choose one pair, named so.`,
    )
  const [x, y] = [await read(inputs), await read(targets)]
  if (x.shape[0] !== y.shape[0] || y.shape.slice(1).some((d) => d !== 1))
    throw new TributaryError(
      'data/mismatch',
      `${x.path} has the shape [${x.shape.join(', ')}] and ${y.path} [${y.shape.join(', ')}]; there must be one target for each input.`,
    )
  return { x, y }
}

async function read(file: SourceFile): Promise<NumpyArray> {
  const { parse } = await import('npyjs')
  const bytes = await bytesOf(file)
  const malformed = (why: string, cause?: unknown) =>
    new TributaryError('data/malformed', `${file.path} ${why}. Write it again with numpy.save, as a plain array.`, {
      cause,
    })
  // The parser believes what it is given.
  if (bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY')
    throw malformed('is not a NumPy file')
  let array: ReturnType<typeof parse>
  try {
    array = parse(bytes.buffer as ArrayBuffer)
  } catch (cause) {
    throw malformed(
      `is not a whole NumPy file, or not of this machine’s byte order (${errorInfo(cause).message})`,
      cause,
    )
  }
  const { data, shape, dtype, fortranOrder } = array
  if (fortranOrder && shape.length > 1) throw malformed('is in Fortran’s order; give numpy.ascontiguousarray of it')
  if (/^[cU]/.test(dtype)) throw malformed(`holds values of the type ${dtype}, not numbers`)
  const given = data as unknown as ArrayLike<number | bigint>
  const values = given as ArrayLike<number>
  const numbers =
    /8$/.test(dtype) && typeof given[0] === 'bigint' ? Float64Array.from(given as ArrayLike<bigint>, Number) : values
  if (numbers.length !== elements(shape)) throw malformed('has fewer values than its shape says')
  const wrong = Array.prototype.findIndex.call(numbers, (value: number) => !Number.isFinite(value))
  if (wrong >= 0) throw malformed(`holds ${numbers[wrong]} as its value ${wrong} (counted from 0)`)
  return { path: file.path, shape, values: numbers, whole: /^[iub]/.test(dtype) }
}
