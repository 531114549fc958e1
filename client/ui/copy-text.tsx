/** A text to take along, with a button that copies it. */
import { useRef, useState } from 'preact/hooks'

interface CopyTextProps {
  readonly text: string
  /** What it is, for screen readers: "Join link". */
  readonly label: string
  readonly testId?: string
}

export function CopyText({ text, label, testId }: CopyTextProps) {
  const shown = useRef<HTMLElement>(null)
  const [outcome, setOutcome] = useState('')

  const copy = async () => {
    setOutcome((await copied(text, shown.current)) ? 'Copied' : 'Selected: press Ctrl+C')
    setTimeout(() => setOutcome(''), 3000)
  }
  return (
    <span class="copy-text">
      <code ref={shown} data-testid={testId} title={label}>
        {text}
      </code>
      <button type="button" onClick={copy} aria-label={`Copy: ${label}`}>
        <span aria-live="polite">{outcome || 'Copy'}</span>
      </button>
    </span>
  )
}

/** The clipboard API exists in secure contexts only; a LAN's plain http has the old command, or at least a selection. */
async function copied(text: string, shown: HTMLElement | null): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text)
      return true
    } catch {
      // Refused by the browser's settings: the selection below still helps.
    }
  }
  if (shown !== null) getSelection()?.selectAllChildren(shown)
  return document.execCommand('copy')
}
