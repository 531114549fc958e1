/** A client whose model is a list of numbers. In a project of your own the import is from 'tributary-fl/client'. */
import { Client, FLModel } from '../../client/api/index.ts'

/** Takes part until the job is over: adds its own numbers, a tenth of them each round. Returns the list in the end. */
export async function addNumbers(url: string, own: readonly number[], examples: number): Promise<number[]> {
  const client = await Client.connect({ url, examples })
  while (await client.isRunning()) {
    const { params } = await client.receive()
    const before = params.numbers?.data ?? []
    const numbers = own.map((value, i) => (before[i] ?? 0) + value / 10)
    await client.send(new FLModel({ params: { numbers } }))
  }
  return Array.from((await client.latest()).numbers?.data ?? [])
}
