/** What browsers, workers and Node all have beyond the language, and all that shared/ may use of it. */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean })
  decode(bytes?: Uint8Array | ArrayBuffer): string
}
