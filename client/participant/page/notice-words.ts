/** Notices as a person reads them; null where the page says the same in another place, or it does not matter any more. */
import { clock } from '../../ui/format.ts'
import type { Notice } from '../view.ts'
import type { Stage } from './stage.ts'

export interface NoticeWords {
  readonly title: string
  readonly detail: string
  /** Whether a person has to do something. */
  readonly person: boolean
}

export function noticeWords(notice: Notice, stage: Stage): NoticeWords | null {
  if (stage === 'finished' || stage === 'ended') return null
  switch (notice.kind) {
    case 'rejoining':
      return {
        title: 'Welcome back',
        detail: 'This tab was taking part before it was reloaded. It joins again by itself, as who it was.',
        person: false,
      }
    case 'files-again':
      return {
        title: 'Choose your examples once more',
        detail:
          'This tab was taking part before it was reloaded, and the browser does not let a page keep your files or pictures. Choose them below and join: you go on as who you were.',
        person: true,
      }
    case 'back':
      return {
        title: 'Back again',
        detail: 'The page was reloaded. This tab goes on as the same participant, and your rounds still count.',
        person: false,
      }
    case 'new':
      return {
        title: 'You take part as a new participant',
        detail:
          'This tab is a copy of another one, which goes on by itself, or the coordinator was set up anew. Your rounds are counted from here.',
        person: false,
      }
    case 'turned-away':
      // While training it stands where the tab's doings stand.
      if (stage === 'training') return null
      return {
        title: 'The coordinator asks you to wait',
        detail: `${notice.message} This tab tries again by itself at ${clock(notice.until)}.`,
        person: false,
      }
    case 'renewing':
      return {
        title: 'There is a newer version of this page',
        detail:
          'It is loaded by itself in a few seconds, and this tab goes on from there. What you sent stays counted.',
        person: false,
      }
    case 'still-old':
      return {
        title: 'This page is still the old version',
        detail:
          'The coordinator needs a newer one, and reloading did not bring it. Close this tab and open the link again; if that does not help, empty the browser’s cache for this address, or tell whoever runs the coordinator.',
        person: true,
      }
    default:
      return notice satisfies never
  }
}
