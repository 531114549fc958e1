/** The dashboard's live connection: fills the store, and keeps what it holds while the network is away. */
import { io } from 'socket.io-client'
import type { DashboardChange, DashboardSnapshot } from '../../shared/protocol/dashboard.ts'
import { EVENTS, NAMESPACES } from '../../shared/protocol/events.ts'
import { setClock } from './clock.ts'
import { applyChanges, connection, selectedRound, snapshot } from './store.ts'

/** Returns a function that closes the connection. */
export function connectDashboard(): () => void {
  const socket = io(NAMESPACES.dashboard, { reconnectionDelayMax: 3000 })

  socket.on(EVENTS.snapshot, (received: DashboardSnapshot) => {
    setClock(received.now)
    snapshot.value = received
    connection.value = { status: 'live' }
  })
  socket.on(EVENTS.changes, (changes: readonly DashboardChange[]) => {
    // The snapshot comes first; a change before it has nothing to change.
    if (snapshot.value === null) return
    for (const change of changes) {
      if (change.kind !== 'reset') continue
      setClock(change.snapshot.now)
      selectedRound.value = null
    }
    snapshot.value = applyChanges(snapshot.value, changes)
  })
  socket.on('connect_error', (error: Error & { data?: { code?: string; message?: string } }) => {
    const code = error.data?.code ?? ''
    connection.value = code.startsWith('access/')
      ? { status: 'denied', message: error.data?.message ?? '' }
      : { status: 'offline' }
    // Socket.IO gives up after a refusal; one that is not about access may pass.
    if (!socket.active && connection.value.status === 'offline') setTimeout(() => socket.connect(), 3000)
  })
  socket.on('disconnect', (reason) => {
    if (reason === 'io client disconnect') return
    connection.value = { status: 'offline' }
    if (!socket.active) setTimeout(() => socket.connect(), 1000)
  })
  return () => socket.close()
}
