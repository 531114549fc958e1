import { describe, expect, it } from 'vitest'
import { CHUNK_BYTES, CHUNK_WINDOW } from '../../shared/protocol/version.ts'
import { Pace } from './pace.ts'

describe('the pace of an upload', () => {
  it('starts with one chunk at a time and grows while they are acknowledged quickly', () => {
    const pace = new Pace()
    const windows = Array.from({ length: 6 }, () => {
      pace.acknowledged(50)
      return pace.window
    })
    expect(new Pace().window).toBe(1)
    expect(windows).toEqual([2, 3, 4, 4, 4, 4])
    expect(windows.at(-1)).toBe(CHUNK_WINDOW)
  })

  it('on a link of 50 KB/s stays at one small chunk, so that heartbeats wait no longer than it takes', () => {
    const pace = new Pace()
    const { bytes } = pace
    expect(bytes).toBe(CHUNK_BYTES / 4)
    for (let i = 0; i < 5; i++) pace.acknowledged(bytes / 50)
    expect([pace.window, pace.bytes]).toEqual([1, bytes])
  })

  it('goes back to one, and to smaller chunks, where a fast link has become slow', () => {
    const pace = new Pace()
    for (let i = 0; i < 5; i++) pace.acknowledged(50)
    expect([pace.window, pace.bytes]).toEqual([CHUNK_WINDOW, CHUNK_BYTES])
    pace.acknowledged(5200)
    expect([pace.window, pace.bytes]).toEqual([1, CHUNK_BYTES / 2])
    pace.acknowledged(2600)
    pace.acknowledged(1300)
    expect([pace.window, pace.bytes]).toEqual([1, CHUNK_BYTES / 4])
  })

  it('on a very slow one makes chunks smaller, and larger again when it is quick', () => {
    const pace = new Pace()
    for (let i = 0; i < 10; i++) pace.acknowledged(20_000)
    expect(pace.bytes).toBe(32 * 1024)
    for (let i = 0; i < 10; i++) pace.acknowledged(100)
    expect(pace.bytes).toBe(CHUNK_BYTES)
  })
})
