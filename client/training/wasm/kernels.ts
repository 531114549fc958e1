/** What the kernels of this room share: how they call tfjs' own ones, and how they take their place. */
import * as tf from '@tensorflow/tfjs-core'

/** The parts of tfjs' WebAssembly backend that kernels use. */
export interface WasmBackend {
  readonly wasm: { readonly asm?: { readonly memory?: WebAssembly.Memory } }
  readonly dataIdMap: { get(id: tf.DataId): { readonly memoryOffset: number } }
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo
  disposeData(id: tf.DataId): boolean
  incRef(id: tf.DataId): void
}

export type Inputs = Readonly<Record<string, tf.TensorInfo>>

/** tfjs' kernels, to build others of. What they return is the caller's: it frees it or returns it. */
export class Ops {
  readonly backend: WasmBackend

  constructor(backend: WasmBackend) {
    this.backend = backend
  }

  run(name: string, inputs: Inputs, attrs: object): tf.TensorInfo {
    return call(tf.getKernel(name, 'wasm'), this.backend, inputs, attrs)
  }

  transpose(x: tf.TensorInfo, perm: readonly number[]): tf.TensorInfo {
    return this.run('Transpose', { x }, { perm })
  }

  /** Their sum; the first one is freed. */
  plus(a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
    const out = this.run('Add', { a, b }, {})
    this.free(a)
    return out
  }

  free(...infos: readonly tf.TensorInfo[]): void {
    for (const { dataId } of infos) this.backend.disposeData(dataId)
  }
}

/** `stock`: computes the same with tfjs' own kernel; throws where it has none. */
export type Compute<Attrs> = (ops: Ops, inputs: Inputs, attrs: Attrs, stock: () => tf.TensorInfo) => tf.TensorInfo

/** Puts a kernel in the place of tfjs' own, or adds it where there is none. To be done before the backend starts. */
export function provide<Attrs extends object>(kernelName: string, compute: Compute<Attrs>): void {
  const stock = tf.getKernelsForBackend('wasm').find((kernel) => kernel.kernelName === kernelName)
  if (stock) tf.unregisterKernel(kernelName, 'wasm')
  tf.registerKernel({
    ...stock,
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const own = backend as WasmBackend
      const given = inputs as Inputs
      return compute(new Ops(own), given, attrs as unknown as Attrs, () => {
        if (!stock) throw new Error(`tfjs has no ${kernelName} on wasm`)
        return call(stock, own, given, attrs as object)
      })
    },
  })
}

function call(kernel: tf.KernelConfig, backend: WasmBackend, inputs: Inputs, attrs: object): tf.TensorInfo {
  return kernel.kernelFunc({ inputs, backend, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo
}
