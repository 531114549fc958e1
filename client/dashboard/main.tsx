/** The dashboard's entry: opens the live connection and draws the page. */
import { render } from 'preact'
import '../ui/tokens.css'
import '../ui/controls.css'
import './dashboard.css'
import './join.css'
import './round.css'
import './history.css'
import './faults.css'
import './tables.css'
import { App } from './app.tsx'
import { startClock } from './clock.ts'
import { connectDashboard } from './socket.ts'

const root = document.getElementById('app')
if (root === null) throw new Error('index.html has no #app')
connectDashboard()
startClock()
render(<App />, root)
