/** The page as a whole: which parts are shown when. */
import type { Participant } from '../view.ts'
import { Loading } from './faces/loading.tsx'
import { Header } from './header.tsx'
import { JobPage } from './job-page.tsx'
import type { Kiosk } from './kiosk.ts'

export function App({ participant, kiosk }: { participant: Participant; kiosk: Kiosk }) {
  const job = participant.view.job.value
  return (
    <div class="page">
      <Header participant={participant} />
      <main>
        {job ? <JobPage participant={participant} kiosk={kiosk} job={job} /> : <Loading participant={participant} />}
      </main>
    </div>
  )
}
