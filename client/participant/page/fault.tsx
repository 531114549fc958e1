/** An error as a person reads it: the sentence first, its code in small print for whoever helps them. */
import type { ErrorInfo } from '../../../shared/errors/error.ts'
import './fault.css'

export function Fault({ error, testid }: { error: ErrorInfo; testid?: string }) {
  return (
    <div class="fault" role="alert" data-testid={testid}>
      <p>{error.message}</p>
      <p class="small soft">
        Code: <code>{error.code}</code>
      </p>
    </div>
  )
}
