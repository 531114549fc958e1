/** Bytes of memory that several may use together, counted. */
export class Pool {
  private readonly limit: number
  private taken = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get used(): number {
    return this.taken
  }

  fits(bytes: number): boolean {
    return this.taken + bytes <= this.limit
  }

  /** Takes them where they fit. */
  take(bytes: number): boolean {
    if (!this.fits(bytes)) return false
    this.taken += bytes
    return true
  }

  /** Takes them even where they do not fit. */
  force(bytes: number): void {
    this.taken += bytes
  }

  give(bytes: number): void {
    this.taken -= bytes
  }
}
