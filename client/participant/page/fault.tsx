/** An error as a person reads it: the sentence first, its code in small print for whoever helps them. */
import type { ErrorInfo } from '../../../shared/errors/error.ts'
import './fault.css'

interface Props {
  readonly error: ErrorInfo
  readonly testid?: string
  /** What it means for the person, where it passes by itself. */
  readonly passes?: string
}

export function Fault({ error, testid, passes }: Props) {
  return (
    <div class={`fault ${passes ? 'fault-passing' : ''}`} role="alert" data-testid={testid}>
      <p>
        {error.message} {passes}
      </p>
      <p class="small soft">
        Code: <code>{error.code}</code>
      </p>
    </div>
  )
}
