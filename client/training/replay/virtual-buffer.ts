/** Buffers that own no memory of the GPU: what tfjs gets to hold while it is being traced. */

const CONTENTS = Symbol('contents')

export interface VirtualBuffer extends GPUBuffer {
  /** What was written to it from outside the GPU; null where nothing was. */
  [CONTENTS]: ArrayBuffer | null
}

/** tfjs takes it for a GPUBuffer, by instanceof. */
export function virtualBuffer(size: number, usage: number, mapped: boolean): VirtualBuffer {
  const buffer = Object.create(GPUBuffer.prototype) as VirtualBuffer
  const state = { mapState: mapped ? 'mapped' : 'unmapped' }
  buffer[CONTENTS] = mapped ? new ArrayBuffer(size) : null
  Object.defineProperties(buffer, {
    size: { value: size },
    usage: { value: usage },
    label: { value: '' },
    mapState: { get: () => state.mapState },
    getMappedRange: { value: () => buffer[CONTENTS] },
    unmap: {
      value: () => {
        state.mapState = 'unmapped'
      },
    },
    destroy: { value: () => {} },
  })
  return buffer
}

export function isVirtual(buffer: GPUBuffer): buffer is VirtualBuffer {
  return CONTENTS in buffer
}

export function contentsOf(buffer: VirtualBuffer): ArrayBuffer | null {
  return buffer[CONTENTS]
}

/** As GPUQueue.writeBuffer does. */
export function writeVirtual(buffer: VirtualBuffer, offset: number, bytes: Uint8Array): void {
  buffer[CONTENTS] ??= new ArrayBuffer(buffer.size)
  new Uint8Array(buffer[CONTENTS]).set(bytes, offset)
}
