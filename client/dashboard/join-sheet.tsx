/** The side sheet: the join link and its QR code, large enough to be read from across a room. */
import type { RefObject } from 'preact'
import { CopyText } from '../ui/copy-text.tsx'
import { joinUrl } from './store.ts'

export function JoinSheet({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const close = () => dialog.current?.close()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it by the browser's own doing
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="sheet-title"
      // The backdrop belongs to the dialog: a click on it has the dialog itself as its target.
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div class="sheet-body">
        <div class="panel-head">
          <h2 id="sheet-title">Join from another device</h2>
          <button type="button" class="quiet" onClick={close}>
            Close
          </button>
        </div>
        <JoinCode />
        <CopyText text={joinUrl.value} label="join link" />
        <p class="caption">
          Scan the code or type the address. Any number may join, before the start or in the middle; each tab is one
          client. Nothing is installed.
        </p>
        {isLocal(joinUrl.value) && <LocalOnly />}
      </div>
    </dialog>
  )
}

export function JoinCode() {
  return <img class="qr" src="/api/join-qr.svg" alt={`QR code of ${joinUrl.value}`} width="320" height="320" />
}

/** A link to 127.0.0.1 in a QR code would puzzle every phone that scans it. */
export function LocalOnly() {
  return (
    <p class="caption">
      This address works on this computer only. Start the coordinator with <code>npm start -- --lan</code> to let others
      join over the network.
    </p>
  )
}

export function isLocal(url: string): boolean {
  return /^https?:\/\/(localhost|127\.|\[::1\])/.test(url)
}
