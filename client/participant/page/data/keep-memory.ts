/** Whether this browser keeps what is read of files, from one day to the next. */
import { readStored, store } from '../../stored.ts'

const KEY = 'tributary.keep'

export function recallKeep(storage: () => Storage = () => localStorage): boolean {
  return readStored(storage, KEY).keep === true
}

export function rememberKeep(keep: boolean, storage: () => Storage = () => localStorage): void {
  store(storage, KEY, { keep })
}
