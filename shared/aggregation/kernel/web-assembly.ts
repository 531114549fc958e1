/** The little of WebAssembly's JavaScript API that the kernel needs: shared/ is typed without DOM and Node. */
export interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
  /** `initial` and `maximum` in pages of 64 KiB. */
  readonly Memory: new (size: {
    initial: number
    maximum: number
  }) => { readonly buffer: ArrayBuffer }
}

interface Platform {
  readonly WebAssembly?: WebAssemblyApi
  readonly atob: (base64: string) => string
}

const platform = globalThis as unknown as Platform

/** Undefined where the platform has none or forbids it. */
export const webAssembly: WebAssemblyApi | undefined = platform.WebAssembly

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(platform.atob(text), (character) => character.charCodeAt(0))
}
