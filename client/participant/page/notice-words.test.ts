import { describe, expect, it } from 'vitest'
import type { Notice } from '../view.ts'
import { noticeWords } from './notice-words.ts'

const until = new Date(2026, 0, 1, 14, 2, 5).getTime()
const NOTICES: Notice[] = [
  { kind: 'rejoining' },
  { kind: 'files-again' },
  { kind: 'back' },
  { kind: 'new' },
  { kind: 'turned-away', message: 'Too many tabs come from here.', until },
  { kind: 'renewing' },
  { kind: 'still-old' },
]

describe('notices', () => {
  it.each(NOTICES)('have a title and whole sentences: $kind', (notice) => {
    const words = noticeWords(notice, 'choosing')
    expect(words?.title).toMatch(/^[A-Z].*[^.]$/)
    expect(words?.detail).toMatch(/^[A-Z].*\.$/)
  })

  it('call for a person only where one has to act', () => {
    const calling = NOTICES.filter((notice) => noticeWords(notice, 'choosing')?.person).map((n) => n.kind)
    expect(calling).toEqual(['files-again', 'still-old'])
  })

  it('say when the coordinator may be asked again, once on the page', () => {
    const notice = NOTICES[4] as Notice
    expect(noticeWords(notice, 'choosing')?.detail).toContain('02:05')
    expect(noticeWords(notice, 'training')).toBeNull()
  })

  it('are silent at the end', () => {
    for (const notice of NOTICES) expect(noticeWords(notice, 'finished')).toBeNull()
  })
})
