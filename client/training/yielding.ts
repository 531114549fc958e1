/** A turn of the event loop, so that messages get through while training goes on; unlike a timer it is never slowed. */
export function nextTurn(): Promise<void> {
  // Not every browser has it.
  const { scheduler } = globalThis as { readonly scheduler?: Scheduler }
  if (scheduler) return scheduler.postTask(() => {})
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
