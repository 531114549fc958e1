/** The participant's page: the one place where the components meet the controller that does the work. */
import { render } from 'preact'
import { createParticipant } from './controller/create.ts'
import { App } from './page/app.tsx'
import { Unsupported } from './page/faces/unsupported.tsx'
import { parseKiosk } from './page/kiosk.ts'
import { missingFeatures } from './page/support.ts'
import '../ui/controls.css'
import './page/base.css'

const root = document.getElementById('app')
if (root) {
  const missing = missingFeatures()
  root.replaceChildren()
  // The controller starts workers at once, so it is not made where they could not run.
  if (missing.length > 0) render(<Unsupported missing={missing} />, root)
  else render(<App participant={createParticipant()} kiosk={parseKiosk(location.search)} />, root)
}
