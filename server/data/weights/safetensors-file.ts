import { isDType } from '../../../shared/tensors/dtypes.ts'
import { NamedReader, type NamedTensors, type StoredTensor, storedBytes } from '../../../shared/tensors/named.ts'
import { MAX_HEADER_BYTES, parseHeader } from '../../../shared/tensors/safetensors-header.ts'
import { type DigestedFiles, unusable } from './digested-files.ts'

const AGAIN = 'Write or fetch the file again.'

/** All tensors of a safetensors file of anybody's. */
export async function readSafetensorsFile(path: string, files: DigestedFiles): Promise<NamedTensors> {
  const fileBytes = await files.size(path)
  let head = new Uint8Array(0)
  let reader: NamedReader | null = null
  for await (const piece of files.pieces(path)) {
    if (reader) {
      reader.push(piece)
      continue
    }
    head = Buffer.concat([head, piece])
    if (head.length < 8) continue
    const size = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true))
    if (size > MAX_HEADER_BYTES) {
      throw unusable(path, `claims a header of ${size} bytes, so it is no safetensors file. ${AGAIN}`)
    }
    if (head.length < 8 + size) continue
    const tensors = tensorsOf(path, head.subarray(8, 8 + size))
    // Before memory is taken for what the header promises.
    checkLength(path, 8 + size + storedBytes(tensors), fileBytes)
    reader = new NamedReader(tensors)
    reader.push(head.subarray(8 + size))
  }
  const weights = reader?.finish()
  // The tensors may lack bytes where the file has changed since its length was asked.
  if (!weights) throw unusable(path, `ends within its ${reader ? 'tensors' : 'header'}. ${AGAIN}`)
  return weights
}

function checkLength(path: string, promised: number, there: number): void {
  if (there < promised) throw unusable(path, `ends within its tensors: it has ${there} of ${promised} bytes. ${AGAIN}`)
  if (there > promised) throw unusable(path, `has bytes after its last tensor: ${there - promised} of them. ${AGAIN}`)
}

function tensorsOf(path: string, header: Uint8Array): StoredTensor[] {
  const entries = parseHeader(header)
  if (typeof entries === 'string') throw unusable(path, `is no safetensors file: ${entries}. ${AGAIN}`)
  const others = entries.filter(({ dtype }) => !isDType(dtype))
  if (others.length > 0) {
    const named = others.map(({ name, dtype }) => `${name} (${dtype})`).join(', ')
    throw unusable(
      path,
      `holds what is no float32 and cannot become it without loss: ${named}. Write F32, F16 or BF16.`,
    )
  }
  return entries.flatMap(({ name, shape, dtype }) => (isDType(dtype) ? [{ name, shape, dtype }] : []))
}
