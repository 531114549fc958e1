/**
 * Which tasks are worked on at the same time, and in which order they are answered. As many as keep the threads busy: the others
 * wait until it is their turn, so that memory holds some models and not one for each client. Answers go out in the order in which
 * turns came: where a round ends with enough of them, whose these are must not depend on who is done first.
 */
export class Turns {
  private readonly most: number
  /** Tasks whose turn it is, in the order in which it came, each with what waits for it to be the first. */
  private readonly working = new Map<string, () => void>()
  private readonly line = new Map<string, () => void>()

  constructor(most: number) {
    this.most = most
  }

  /** Whether nothing is worked on and nothing waits. */
  get idle(): boolean {
    return this.working.size === 0 && this.line.size === 0
  }

  /** Calls `begin` when it is this task's turn; at once where it has it already. */
  take(task: string, begin: () => void): void {
    if (this.working.has(task)) return begin()
    this.line.set(task, begin)
    this.next()
  }

  /** What waited is not wanted any more. */
  drop(task: string): void {
    this.line.delete(task)
  }

  /** Resolves when all that had their turn before this task are done, or when it is not wanted any more. */
  async first(task: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.working.has(task) || this.isFirst(task)) return
    await new Promise<void>((resolve) => {
      this.working.set(task, resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** The task is done. */
  give(task: string): void {
    if (!this.working.delete(task)) return
    const [wake] = this.working.values()
    wake?.()
    this.next()
  }

  private isFirst(task: string): boolean {
    const [first] = this.working.keys()
    return first === task
  }

  private next(): void {
    for (const [task, begin] of this.line) {
      if (this.working.size >= this.most) return
      this.line.delete(task)
      this.working.set(task, () => {})
      begin()
    }
  }
}
