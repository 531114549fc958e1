import { describe, expect, it } from 'vitest'
import { missingFeatures } from './support.ts'

class ModernWorker {
  constructor(_url: string, options?: { type?: string }) {
    if (options?.type === 'module') throw new DOMException('invalid address')
  }
}
class OldWorker {
  terminate(): void {}
}
const modern = { BigInt, Worker: ModernWorker, indexedDB: {}, WebAssembly }

function missing(changes: object): string[] {
  return missingFeatures({ ...modern, ...changes } as unknown as typeof globalThis)
}

describe('missingFeatures', () => {
  it('finds nothing missing in a current browser', () => {
    expect(missing({})).toEqual([])
  })
  it('notices workers that never read their type', () => {
    expect(missing({ Worker: OldWorker })).toEqual(['module workers'])
  })
  it('is content with WebGL where WebAssembly is switched off', () => {
    expect(missing({ WebAssembly: undefined, WebGLRenderingContext: class {} })).toEqual([])
    expect(missing({ WebAssembly: undefined })).toHaveLength(1)
  })
  it('takes storage that throws for storage that is not there', () => {
    const blocked = Object.defineProperty({ ...modern }, 'indexedDB', {
      get() {
        throw new Error('SecurityError')
      },
    })
    expect(missingFeatures(blocked as unknown as typeof globalThis)[0]).toMatch(/IndexedDB/)
  })
})
