import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ImageDataset, ImageShape } from '../../shared/datasets/dataset.ts'
import { imageDatasetFromIdx, type NamedBytes } from '../../shared/datasets/idx-images.ts'
import { TributaryError } from '../../shared/errors/error.ts'

const SHAPE: ImageShape = { width: 28, height: 28, channels: 1, classes: 10 }

const HOW_TO_GET_IT =
  'Set TRIBUTARY_DATA to a folder with mnist/train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (plain or .gz), as published at https://ossci-datasets.s3.amazonaws.com/mnist/.'

export interface Mnist {
  readonly train: ImageDataset
  readonly test: ImageDataset
}

/** The real MNIST from `folder`/mnist. Throws 'data/missing' or 'data/malformed'. */
export async function loadMnist(folder: string | undefined): Promise<Mnist> {
  if (!folder)
    throw new TributaryError(
      'data/missing',
      `The MNIST files are asked for, but TRIBUTARY_DATA is not set. ${HOW_TO_GET_IT}`,
    )
  const load = async (prefix: string) =>
    imageDatasetFromIdx(
      await readIdxFile(join(folder, 'mnist'), `${prefix}-images-idx3-ubyte`),
      await readIdxFile(join(folder, 'mnist'), `${prefix}-labels-idx1-ubyte`),
      SHAPE,
    )
  return { train: await load('train'), test: await load('t10k') }
}

async function readIdxFile(folder: string, name: string): Promise<NamedBytes> {
  for (const suffix of ['', '.gz']) {
    const path = join(folder, name + suffix)
    const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return null
      throw new TributaryError('data/missing', `${path} cannot be read: ${thrown.message}.`, { cause: thrown })
    })
    if (bytes) return { name: path, bytes: plain(suffix ? await unzip(path, bytes) : bytes) }
  }
  throw new TributaryError('data/missing', `There is no ${name} (nor ${name}.gz) in ${folder}. ${HOW_TO_GET_IT}`)
}

/** Node's own kind of bytes is made by a constructor that one should not call any more; what is cut out of it is of its kind. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

async function unzip(path: string, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes)
  } catch (cause) {
    throw new TributaryError('data/malformed', `${path} is not a whole gzip file. Download it again.`, { cause })
  }
}
