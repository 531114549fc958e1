/** What has befallen the tab: no error, but a person would wonder. */
import type { Notice } from '../view.ts'
import { noticeWords } from './notice-words.ts'
import type { Stage } from './stage.ts'
import './notice.css'

export function NoticeBox({ notice, stage }: { notice: Notice | null; stage: Stage }) {
  const words = notice && noticeWords(notice, stage)
  // The region stays while it is empty, so that what appears in it is read out.
  return (
    <div role="status">
      {words ? (
        <section class={`notice ${words.person ? 'notice-person' : ''}`} data-testid="notice">
          <h2>{words.title}</h2>
          <p>{words.detail}</p>
        </section>
      ) : null}
    </div>
  )
}
