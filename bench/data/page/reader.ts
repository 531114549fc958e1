/** What is asked of the worker that reads pictures. */
export interface PictureSpec {
  /** As a canvas writes it. */
  readonly format: 'png' | 'jpeg' | 'webp'
  /** The pictures' own. */
  readonly side: number
  /** The job's. */
  readonly wanted: number
  readonly channels: 1 | 3
  readonly count: number
}

export interface PictureReader {
  /** Draws pictures, and keeps them as files. */
  prepare(spec: PictureSpec): Promise<void>
  /** Milliseconds for all of them, by our reader. */
  ours(): Promise<number>
  /** The same with the browser alone: each decoded, drawn on a canvas of the job's size, and its pixels read. */
  bare(): Promise<number>
}
