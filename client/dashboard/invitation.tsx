/** The dashboard before anybody has come: what to do next. */
import { CopyText } from '../ui/copy-text.tsx'
import { isLocal, JoinCode, LocalOnly } from './join-sheet.tsx'
import { job, joinUrl } from './store.ts'

export function Invitation() {
  const needed = job.value?.minClients ?? 1
  return (
    <section class="panel invitation" aria-labelledby="invitation-title">
      <div>
        <h2 id="invitation-title">Nobody has joined yet. Invite the first client:</h2>
        <ol>
          <li>
            Open this link on another device, or in a new tab of this browser. A phone can scan the code.
            <CopyText text={joinUrl.value} label="join link" testId="join-url" />
          </li>
          <li>
            There, choose the data and press <b>Join and train</b>.
          </li>
          <li>
            {job.value?.held
              ? 'When everybody is here, press “Start now” on this page.'
              : needed > 1
                ? `Once ${needed} clients are here, the job starts by itself. Watch it on this page.`
                : 'The job starts by itself with the first client. Watch it on this page.'}
          </li>
        </ol>
        {isLocal(joinUrl.value) && <LocalOnly />}
      </div>
      <JoinCode />
    </section>
  )
}
