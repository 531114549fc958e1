/** Enough for nearly all headers. */
const LENGTH = 64 * 1024
/** No honest header needs as many. */
const MOST_LOOKS = 100_000

/** A few bytes here and there of a file that need not be read as a whole. */
export class Window {
  private readonly file: Blob
  private view: DataView
  private start = 0
  private looks = 0

  /** `head`: its first bytes, as far as they have been read. */
  constructor(file: Blob, head: Uint8Array<ArrayBuffer>) {
    this.file = file
    this.view = new DataView(head.buffer, head.byteOffset, head.length)
  }

  /** So many bytes from there. Throws RangeError where the file ends before, or has been looked into too often. */
  async at(from: number, length: number): Promise<DataView> {
    if (++this.looks > MOST_LOOKS) throw new RangeError('There is no end to it.')
    if (from < this.start || from + length > this.start + this.view.byteLength) {
      if (from + length > this.file.size) throw new RangeError('The file ends before.')
      this.view = new DataView(await this.file.slice(from, from + Math.max(length, LENGTH)).arrayBuffer())
      this.start = from
    }
    return new DataView(this.view.buffer, this.view.byteOffset + from - this.start, length)
  }

  /** Whether these characters, a byte each, are there; not where the file ends before. */
  async says(from: number, text: string): Promise<boolean> {
    if (from + text.length > this.file.size) return false
    const view = await this.at(from, text.length)
    return Array.from(text).every((letter, i) => view.getUint8(i) === letter.charCodeAt(0))
  }
}
