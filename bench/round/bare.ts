import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** The bare server, in a process of its own as the coordinator is. */
export class BareServer {
  readonly url: string
  readonly pid: number
  private readonly child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.child = child
    this.pid = child.pid ?? 0
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(): Promise<BareServer> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('bare-server.mjs', import.meta.url))])
    const [line] = await once(child.stdout, 'data')
    return new BareServer(child, Number(line))
  }

  async end(): Promise<void> {
    this.child.kill()
    await once(this.child, 'exit')
  }
}
