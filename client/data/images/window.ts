/** Enough for nearly all headers. */
const LENGTH = 64 * 1024
/** No honest header needs as many. */
const MOST_LOOKS = 100_000

/** A few bytes here and there of a file that need not be read as a whole. */
export class Window {
  private readonly file: Blob
  private view = new DataView(new ArrayBuffer(0))
  private start = 0
  private looks = 0

  constructor(file: Blob) {
    this.file = file
  }

  /** So many bytes from there. Throws RangeError where the file ends before, or has been looked into too often. */
  async at(from: number, length: number): Promise<DataView> {
    if (++this.looks > MOST_LOOKS) throw new RangeError('There is no end to it.')
    if (from < this.start || from + length > this.start + this.view.byteLength) {
      if (from + length > this.file.size) throw new RangeError('The file ends before.')
      this.view = new DataView(await this.file.slice(from, from + Math.max(length, LENGTH)).arrayBuffer())
      this.start = from
    }
    return new DataView(this.view.buffer, from - this.start, length)
  }

  /** Whether these characters, a byte each, are there; not where the file ends before. */
  async says(from: number, text: string): Promise<boolean> {
    if (from + text.length > this.file.size) return false
    const view = await this.at(from, text.length)
    return Array.from(text).every((letter, i) => view.getUint8(i) === letter.charCodeAt(0))
  }
}
