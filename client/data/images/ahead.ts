/** What came of an item: a value, or what was thrown. */
export type Outcome<R> = { readonly value: R } | { readonly thrown: unknown }

export function outcomeOf<R>(promise: Promise<R>): Promise<Outcome<R>> {
  return promise.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  )
}

/** Begins with so many items at a time, and gives what comes of each in their order. Nothing that it throws is lost or unheard. */
export async function* ahead<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, Outcome<R>]> {
  const begun: Promise<Outcome<R>>[] = []
  for (const [i, item] of items.entries()) {
    while (begun.length < most && i + begun.length < items.length)
      begun.push(outcomeOf(work(items[i + begun.length] as T)))
    yield [item, await (begun.shift() as Promise<Outcome<R>>)]
  }
}

/** So much may be held at a time by all together; whoever comes waits for the others, in turn. What is more than all of it waits for all. */
export class Budget {
  private readonly total: number
  private held = 0
  private readonly waiting: { readonly amount: number; readonly begin: () => void }[] = []

  constructor(total: number) {
    this.total = total
  }

  async spend<R>(amount: number, work: () => Promise<R>): Promise<R> {
    if (this.waiting.length > 0 || !this.fits(amount))
      await new Promise<void>((begin) => this.waiting.push({ amount, begin }))
    else this.held += amount
    try {
      return await work()
    } finally {
      this.held -= amount
      this.letIn()
    }
  }

  private fits(amount: number): boolean {
    return this.held === 0 || this.held + amount <= this.total
  }

  private letIn(): void {
    for (let next = this.waiting[0]; next && this.fits(next.amount); next = this.waiting[0]) {
      this.waiting.shift()
      this.held += next.amount
      next.begin()
    }
  }
}
