/** Asks a coordinator again and again whether it is well, and keeps how long it took to say so. */
import { pause } from './pause.ts'

const EVERY_MS = 200
const PATIENCE_MS = 10_000

export class HealthWatch {
  readonly times: number[] = []
  readonly problems: string[] = []
  private readonly url: string
  private readonly controller = new AbortController()
  private readonly watching: Promise<void>

  constructor(url: string) {
    this.url = url
    this.watching = this.watch()
  }

  async end(): Promise<void> {
    this.controller.abort()
    await this.watching
  }

  private async watch(): Promise<void> {
    while (!this.controller.signal.aborted) {
      const since = performance.now()
      try {
        const response = await fetch(`${this.url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS) })
        if (!response.ok) this.problems.push(`healthz: ${response.status}`)
        await response.arrayBuffer()
      } catch (thrown) {
        this.problems.push(`healthz: ${String(thrown)}`)
      }
      this.times.push(Math.round(performance.now() - since))
      await pause(EVERY_MS)
    }
  }
}
