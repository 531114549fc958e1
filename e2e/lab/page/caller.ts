/** In the page: workers by name. What they answer travels as JSON to whoever drives the page, so arrays are plain ones. */
import { type Remote, releaseProxy, wrap } from 'comlink'

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>

export class Caller {
  private readonly make: () => Worker
  private readonly open = new Map<string, { worker: Worker; api: Remote<Methods> }>()

  constructor(make: () => Worker) {
    this.make = make
  }

  start(name: string): void {
    const worker = this.make()
    this.open.set(name, { worker, api: wrap<Methods>(worker) })
  }

  call(name: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const api = this.open.get(name)?.api as unknown as Methods
    return (api[method] as Methods[string])(...args)
  }

  end(name: string): void {
    const known = this.open.get(name)
    this.open.delete(name)
    known?.api[releaseProxy]()
    known?.worker.terminate()
  }
}
