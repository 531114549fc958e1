import { TributaryError } from '../../../shared/errors/error.ts'
import type { Report } from './report.ts'

export interface ReadProgress {
  /** Of the bytes, 0 to 1. */
  readonly fraction: number
  readonly examples: number
}

/** What a reader is given beside files and schema. */
export class Reading {
  readonly report: Report
  readonly signal: AbortSignal
  private readonly total: number
  private readonly onProgress: (progress: ReadProgress) => void
  private bytes = 0
  private examples = 0

  constructor(report: Report, signal: AbortSignal, total: number, onProgress: (progress: ReadProgress) => void) {
    this.report = report
    this.signal = signal
    this.total = total
    this.onProgress = onProgress
  }

  /** Bytes have been read. Throws 'training/cancelled' where nobody waits for them any more. */
  read(bytes: number): void {
    this.bytes += bytes
    this.tell()
  }

  /** So many examples are there by now. */
  has(examples: number): void {
    this.examples = examples
    this.tell()
  }

  private tell(): void {
    if (this.signal.aborted) throw new TributaryError('training/cancelled', 'Reading was ended.')
    this.onProgress({ fraction: Math.min(1, this.bytes / Math.max(1, this.total)), examples: this.examples })
  }
}
