/** The top line: whose page this is, whether it is live, and how others join. */
import { useRef } from 'preact/hooks'
import { CopyText } from '../ui/copy-text.tsx'
import { JoinSheet } from './join-sheet.tsx'
import { connection, job, joinUrl } from './store.ts'

/** `linkElsewhere`: the page shows the join link large already. */
export function Header({ linkElsewhere }: { linkElsewhere: boolean }) {
  const sheet = useRef<HTMLDialogElement>(null)
  const live = connection.value.status === 'live'
  return (
    <header class="top">
      <h1>
        <span class="brand">Tributary</span> {job.value?.name}
      </h1>
      <span class={`link-state${live ? '' : ' off'}`}>{live ? 'live' : 'reconnecting'}</span>
      {!linkElsewhere && (
        <div class="join">
          <span class="small soft">Join at</span>
          <CopyText text={joinUrl.value} label="join link" testId="join-url" />
          <button type="button" onClick={() => sheet.current?.showModal()}>
            QR code
          </button>
          <JoinSheet dialog={sheet} />
        </div>
      )}
    </header>
  )
}
