import { describe, expect, it } from 'vitest'
import { isHeld, jobState } from './query.ts'
import { Story } from './testing.ts'

describe('the job’s state in words', () => {
  it('counts whom it waits for', () => {
    const story = new Story({ minClients: 3 })
    story.join('a')
    expect(jobState(story.state)).toEqual({ state: 'waiting', reason: 'Waiting for 2 more participants.' })
    story.join('b')
    expect(jobState(story.state)).toEqual({ state: 'waiting', reason: 'Waiting for 1 more participant.' })
  })

  it('tells a job that was never started from one that lacks clients', () => {
    const story = new Story({}, { control: 'hold' })
    expect(jobState(story.state)).toEqual({ state: 'waiting', reason: 'Waiting to be started.' })
    expect(isHeld(story.state)).toBe(true)
    story.on({ type: 'start' })
    expect(isHeld(story.state)).toBe(false)
  })

  it('follows a job through pausing, paused, running and its end', () => {
    const story = new Story({ minClients: 1 })
    const states: string[] = []
    const note = () => states.push(jobState(story.state).state)
    story.startWith('a')
    note()
    story.on({ type: 'pause' })
    note()
    story.answer('a')
    note()
    story.committed()
    note()
    story.on({ type: 'resume' })
    note()
    story.on({ type: 'stop' })
    note()
    expect(states).toEqual(['running', 'pausing', 'pausing', 'paused', 'running', 'stopped'])
  })
})
