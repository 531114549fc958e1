/** The server's own socket: http or https on one port, and in words why it could not be had. */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import type { Certificate } from './certificate.ts'
import { SERVER_OPTIONS } from './server-options.ts'

export type WebServer = ReturnType<typeof createHttpServer>

/** Throws 'server/certificate'. */
export function createServer(tls: Certificate | null): WebServer {
  return tls ? httpsServer(tls) : createHttpServer(SERVER_OPTIONS)
}

function httpsServer(tls: Certificate): WebServer {
  try {
    return createHttpsServer({ ...SERVER_OPTIONS, ...tls })
  } catch (cause) {
    throw new TributaryError(
      'server/certificate',
      `The certificate and the key cannot be used together: ${errorInfo(cause).message}. Give a PEM certificate and the key that it was made with.`,
      { cause },
    )
  }
}

/** Resolves with the port. Throws 'server/port-in-use' or 'server/option'. */
export function listen(server: WebServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'EADDRINUSE') {
        reject(
          new TributaryError(
            'server/port-in-use',
            `Port ${port} is in use by another program. Choose another with --port, e.g. --port ${port + 1}.`,
          ),
        )
      } else if (thrown.code === 'EACCES') {
        reject(
          new TributaryError(
            'server/option',
            `Port ${port} needs rights that this user does not have. Choose one above 1023 with --port.`,
          ),
        )
      } else {
        reject(
          new TributaryError(
            'server/option',
            `The coordinator cannot listen on ${host}:${port}: ${thrown.message}. Check --host and --port.`,
          ),
        )
      }
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}
