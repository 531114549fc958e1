/** Comlink, taught that errors keep their code on their way across a worker's border. */
import * as Comlink from 'comlink'
import { errorInfo, TributaryError } from '../../../shared/errors/error.ts'

interface Thrown {
  readonly value: unknown
}

// Comlink wraps what was thrown in { value } under its own handler's name; this one takes that handler's place.
const previous = Comlink.transferHandlers.get('throw') as Comlink.TransferHandler<Thrown, unknown>
Comlink.transferHandlers.set('throw', {
  canHandle: previous.canHandle,
  serialize: ({ value }: Thrown) => [errorInfo(value), []],
  deserialize: (info) => {
    throw TributaryError.from(info as { code: string; message: string })
  },
} satisfies Comlink.TransferHandler<Thrown, unknown>)

export const { expose, wrap, proxy, transfer } = Comlink
export type { Remote } from 'comlink'
