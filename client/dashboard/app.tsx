/** The whole page: which face it shows. */
import { useSignalEffect } from '@preact/signals'
import { percent } from '../ui/format.ts'
import { isShare } from '../ui/metric-words.ts'
import { Answer } from './answer.tsx'
import { ClientsPanel } from './clients-panel.tsx'
import { Denied } from './denied.tsx'
import { FaultsPanel } from './faults-panel.tsx'
import { Figures } from './figures.tsx'
import { Header } from './header.tsx'
import { Invitation } from './invitation.tsx'
import { JobLog } from './job-log.tsx'
import { RoundPanel } from './round-panel.tsx'
import { Settings } from './settings.tsx'
import { clients, connection, job, mainMetric, rounds, versions } from './store.ts'
import { headline, present } from './summary.ts'
import { VersionsPanel } from './versions-panel.tsx'

export function App() {
  useSignalEffect(() => {
    const head = headline(versions.value, mainMetric.value)
    const value = head && isShare(head.metric) ? `${percent(head.value, 0)} · ` : ''
    document.title = job.value === null ? 'Dashboard · Tributary' : `${value}${job.value.name} · Tributary`
  })
  if (connection.value.status === 'denied') return <Denied message={connection.value.message} />
  if (job.value === null) return <Connecting />
  const empty = present(clients.value) === 0 && rounds.value.length === 0
  return (
    <div class="page">
      <Header linkElsewhere={empty} />
      <OfflineBanner />
      <main>
        <p class="caption intro">
          {job.value.description} Each client trains on its own data in its own browser and sends back only a weight
          difference; the coordinator averages these into the next version of the model.
        </p>
        {empty && <Invitation />}
        <Answer />
        <Figures />
        {!empty && (
          <div class="flow">
            <RoundPanel />
            <VersionsPanel />
          </div>
        )}
        <FaultsPanel />
        {!empty && <ClientsPanel />}
        <div class="more">
          <Settings />
          <JobLog />
        </div>
      </main>
    </div>
  )
}

function Connecting() {
  const offline = connection.value.status === 'offline'
  return (
    <main class="alone" aria-live="polite">
      <h1>Tributary</h1>
      {offline ? (
        <p>
          The coordinator at <b>{location.host}</b> does not answer. Check that it runs; this page tries again by itself
          every few seconds.
        </p>
      ) : (
        <p>Connecting to the coordinator at {location.host} …</p>
      )}
    </main>
  )
}

function OfflineBanner() {
  if (connection.value.status === 'live') return null
  return (
    <p class="banner" role="status">
      <b>The coordinator does not answer.</b> What you see is from the last moment that it did. This page connects again
      by itself; clients keep their work meanwhile.
    </p>
  )
}
