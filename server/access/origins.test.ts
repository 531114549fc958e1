import { describe, expect, test } from 'vitest'
import { isGuest, isOwnOrigin, parseOrigins } from './origins.ts'

describe('origins', () => {
  test('are written as browsers write them', () => {
    expect([...parseOrigins(['https://study.example/', 'http://LOCALHOST:5173', 'https://a.example:443'])]).toEqual([
      'https://study.example',
      'http://localhost:5173',
      'https://a.example',
    ])
  })

  test.each(['study.example', '*', 'https://study.example/page', 'file:///a', 'null', 'https://me@study.example', ''])(
    '%j is refused with a sentence that mends it',
    (text) => {
      expect(() => parseOrigins([text])).toThrow(/is not the origin of a page.*such as https:\/\/study\.example/)
    },
  )

  test('a page of the coordinator’s own is no guest, nor is one that nobody allowed', () => {
    const allowed = parseOrigins(['https://study.example'])
    const from = (origin: string | undefined) => ({ host: 'fl.example:8080', ...(origin && { origin }) })
    expect(isOwnOrigin(from(undefined))).toBe(true)
    expect(isOwnOrigin(from('https://fl.example:8080'))).toBe(true)
    expect(isOwnOrigin(from('https://study.example'))).toBe(false)
    expect(isGuest(from('https://study.example'), allowed)).toBe(true)
    expect(isGuest(from('https://study.example.evil.example'), allowed)).toBe(false)
    expect(isGuest(from('https://fl.example:8080'), allowed)).toBe(false)
    expect(isGuest(from(undefined), allowed)).toBe(false)
    expect(isGuest(from('null'), allowed)).toBe(false)
  })
})
