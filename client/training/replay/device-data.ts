/** A tab's examples on the device, where they fit: a step is then given which ones, not what they are. */
import { arraysOf, type Examples, range, widthOf } from '../../../shared/models/examples.ts'
import { MOST_RESIDENT_BYTES } from '../steps/resident.ts'
import { Buffers } from './buffers.ts'
import {
  type Dispatch,
  dispatchOf,
  guarded,
  type Place,
  read,
  STORAGE,
  submit,
  whole,
  workgroupsFor,
} from './device.ts'
import { RecordingError, type WebGpuBackend } from './internals.ts'
import { GATHER_THREADS } from './kernels/gather.ts'

/** Examples are written so much at a time. */
const CHUNK_BYTES = 4 * 2 ** 20

/** Where a batch goes to, and where which ones are said. */
export interface BatchPlaces {
  readonly xs: Place
  readonly targets: Place
  readonly indices: GPUBuffer
}

/** Brings batches of one size from the device's examples to their places. */
export interface Gather {
  readonly dispatches: readonly Dispatch[]
  write(indices: Uint32Array): void
}

export class DeviceData {
  /** Whose examples they are. */
  readonly source: object
  private readonly backend: WebGpuBackend
  private readonly gatherer: GPUComputePipeline
  private readonly memory: Buffers
  private readonly xs: GPUBuffer
  private readonly targets: GPUBuffer

  /** null where they do not fit, or the device does not give the memory. */
  static async make(
    backend: WebGpuBackend,
    gatherer: GPUComputePipeline,
    examples: Examples,
  ): Promise<DeviceData | null> {
    const { maxBufferSize, maxStorageBufferBindingSize } = backend.device.limits
    const [xs, targets] = [examples.count * widthOf(examples) * 4, examples.count * examples.outputs * 4]
    if (Math.max(xs, targets) > Math.min(maxBufferSize, maxStorageBufferBindingSize)) return null
    if (xs + targets > MOST_RESIDENT_BYTES) return null
    const memory = new Buffers(backend)
    try {
      return await guarded(backend.device, () => new DeviceData(backend, gatherer, examples, memory))
    } catch (thrown) {
      memory.dispose()
      if (thrown instanceof RecordingError) return null
      throw thrown
    }
  }

  private constructor(backend: WebGpuBackend, gatherer: GPUComputePipeline, examples: Examples, memory: Buffers) {
    const { count, outputs } = examples
    const width = widthOf(examples)
    this.source = examples.source
    this.backend = backend
    this.gatherer = gatherer
    this.memory = memory
    this.xs = memory.make(count * width * 4, STORAGE())
    this.targets = memory.make(count * outputs * 4, STORAGE())
    const rows = Math.max(1, Math.floor(CHUNK_BYTES / (4 * (width + outputs))))
    for (let start = 0; start < count; start += rows) {
      const { xs, targets } = arraysOf(examples, range(start, Math.min(start + rows, count)))
      backend.queue.writeBuffer(this.xs, start * width * 4, xs as Float32Array<ArrayBuffer>)
      backend.queue.writeBuffer(this.targets, start * outputs * 4, targets as Float32Array<ArrayBuffer>)
    }
  }

  /** Throws RecordingError where the device refuses it, or brings something else than it should. */
  async gather(examples: Examples, size: number, to: BatchPlaces): Promise<Gather> {
    const backend = this.backend
    const gatherer = this.gatherer
    const { device, queue } = backend
    const { indices } = to
    const gather = await guarded(device, () => {
      const bring = (place: Place, table: GPUBuffer) =>
        dispatchOf(
          device,
          gatherer,
          [place, whole(table), whole(indices)],
          workgroupsFor(device, place.size / 4, GATHER_THREADS),
        )
      return {
        dispatches: [bring(to.xs, this.xs), bring(to.targets, this.targets)],
        write: (chosen: Uint32Array) => queue.writeBuffer(indices, 0, chosen as Uint32Array<ArrayBuffer>),
      }
    })
    const last = Uint32Array.from({ length: size }, (_, i) => examples.count - 1 - i)
    gather.write(last)
    submit(backend, [gather.dispatches])
    const expected = arraysOf(examples, last)
    for (const name of ['xs', 'targets'] as const) {
      const brought = await read(backend, to[name])
      if (expected[name].some((value, i) => value !== brought[i]))
        throw new RecordingError('It gathers other examples.')
    }
    return gather
  }

  dispose(): void {
    this.memory.dispose()
  }
}
