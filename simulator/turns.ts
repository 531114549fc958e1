/**
 * Which clients work at the same time. As many as keep the threads busy: the others' tasks wait until it is their turn, so that
 * memory holds some models and not one for each client.
 */
export class Turns {
  private readonly most: number
  private readonly working = new Set<string>()
  private readonly line = new Map<string, () => void>()

  constructor(most: number) {
    this.most = most
  }

  /** Whether nobody works and nobody waits. */
  get idle(): boolean {
    return this.working.size === 0 && this.line.size === 0
  }

  /** Calls `begin` when it is this client's turn; at once where it has it already. */
  take(client: string, begin: () => void): void {
    if (this.working.has(client)) return begin()
    this.line.set(client, begin)
    this.next()
  }

  /** What the client waited for is not wanted any more. */
  drop(client: string): void {
    this.line.delete(client)
  }

  /** The client is done. */
  give(client: string): void {
    if (this.working.delete(client)) this.next()
  }

  private next(): void {
    for (const [client, begin] of this.line) {
      if (this.working.size >= this.most) return
      this.line.delete(client)
      this.working.add(client)
      begin()
    }
  }
}
