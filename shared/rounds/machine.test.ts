import { describe, expect, it } from 'vitest'
import type { JobProgress, OpenPast, Past } from './machine.ts'
import { currentAttempt, jobState, openTask } from './query.ts'
import type { RoundsConfig } from './state.ts'
import { crowd, Story, types } from './testing.ts'

describe('R1: selection', () => {
  it('R1: over-selects by the configured factor, and the wanted number of answers ends the round', () => {
    const story = new Story({ clientsPerRound: 4, overSelection: 1.5 })
    const opened = story.startWith(...crowd(10))
    expect(opened.tasks).toHaveLength(6)
    const [a, b, c, d, e, f] = story.selected() as [string, string, string, string, string, string]
    for (const id of [a, b, c]) expect(story.answer(id)).toEqual([])
    const effects = story.answer(d)
    expect(types(effects)).toEqual(['cancel', 'commit'])
    expect(effects[0]).toMatchObject({ tasks: [{ clientId: e }, { clientId: f }] })
  })

  it('R1: a client that an early commit cut off is selected first next time, and once only', () => {
    const story = new Story({ clientsPerRound: 2, overSelection: 2, minClients: 1, seed: 3 }, { rounds: 50 })
    story.startWith(...crowd(40))
    const [a, b, ...late] = story.selected() as [string, string, ...string[]]
    story.answer(a)
    story.answer(b)
    story.committed()
    expect(late).toHaveLength(2)
    expect(story.selected()).toEqual(expect.arrayContaining(late))
    const others = story.selected().filter((id) => !late.includes(id))
    // This time they are in time: whoever answered has no priority any more.
    for (const id of late) story.answer(id)
    story.committed()
    expect(story.selected()).toEqual(expect.arrayContaining(others))
    expect(story.state.priority.size).toBe(0)
  })

  it('R1: whoever only missed the deadline has no priority', () => {
    const story = new Story({ clientsPerRound: 3, minClients: 1 })
    story.startWith(...crowd(30))
    story.answer(story.selected()[0] as string)
    expect(types(story.deadline())).toEqual(['cancel', 'commit'])
    expect(story.state.priority.size).toBe(0)
  })

  it('R1, R3: clients that let an attempt be abandoned are not drawn into the next one by it', () => {
    const story = new Story({ clientsPerRound: 2, maxAbandonedAttempts: 20 })
    story.startWith(...crowd(40))
    const silent = story.selected()
    expect(types(story.deadline())).toEqual(['cancel', 'abandoned', 'open'])
    expect(story.state.priority.size).toBe(0)
    expect(story.selected()).not.toEqual(silent)
  })
})

describe('R2: a round ends exactly once', () => {
  it('R2: every attempt has a deadline', () => {
    expect(new Story().startWith('a', 'b').deadlineMs).toBe(60_000)
  })

  it('R2: a second commit, a late deadline and a late answer change nothing', () => {
    const story = new Story({ minClients: 1 }, { rounds: 1 })
    const { tasks } = story.startWith('a', 'b')
    story.answer('a')
    expect(types(story.deadline())).toEqual(['cancel', 'commit'])
    expect(story.deadline()).toEqual([])
    expect(story.answer('b')).toEqual([])
    expect(types(story.committed())).toEqual(['ended'])
    expect(story.committed()).toEqual([])
    expect(story.on({ type: 'commit-failed', attempt: 1, reason: 'late' })).toEqual([])
    expect(story.on({ type: 'answered', taskId: tasks[0]?.taskId ?? '' })).toEqual([])
    expect(story.state.committed).toBe(1)
  })

  it('R2: the deadline of an earlier attempt does not end the present one', () => {
    const story = new Story()
    story.startWith('a', 'b')
    story.decline('a')
    expect(story.opened().attempt).toBe(2)
    expect(story.on({ type: 'deadline', attempt: 1 })).toEqual([])
    expect(story.state.phase.kind).toBe('open')
  })

  it('R2: attempts are numbered on after a restart, so that task ids are never used again', () => {
    const story = new Story({}, { committed: 1, lastAttempt: 5 })
    const opened = story.startWith('a', 'b')
    expect(opened).toMatchObject({ round: 2, attempt: 6 })
    expect(opened.tasks.map((t) => t.taskId)).toEqual(['job/6/a', 'job/6/b'])
  })
})

describe('R3: the five ways in which a round ends', () => {
  it('R3: everybody has answered', () => {
    const story = new Story()
    story.startWith('a', 'b', 'c')
    story.answer('a')
    story.answer('c')
    expect(story.answer('b')).toEqual([
      { type: 'commit', round: 1, attempt: 1, taskIds: ['job/1/a', 'job/1/b', 'job/1/c'] },
    ])
  })

  it('R3: everybody has answered, declined or been gone, and at least the minimum answered', () => {
    const story = new Story()
    story.startWith('a', 'b', 'c', 'd')
    story.answer('a')
    story.decline('b')
    story.answer('c')
    expect(story.gone('d')).toEqual([{ type: 'commit', round: 1, attempt: 1, taskIds: ['job/1/a', 'job/1/c'] }])
  })

  it('R3: enough updates are in', () => {
    const story = new Story({ overSelection: 2 })
    story.startWith('a', 'b', 'c', 'd')
    story.answer('d')
    expect(types(story.answer('a'))).toEqual(['cancel', 'commit'])
  })

  it('R3: the deadline, with at least the minimum', () => {
    const story = new Story()
    story.startWith('a', 'b', 'c')
    story.answer('a')
    story.answer('b')
    const effects = story.deadline()
    expect(effects[0]).toMatchObject({ type: 'cancel', tasks: [{ clientId: 'c', status: 'cut-off' }] })
    expect(effects[1]).toMatchObject({ type: 'commit', taskIds: ['job/1/a', 'job/1/b'] })
  })

  it('R3: the deadline without the minimum: abandoned, said why, and selected anew with new task ids', () => {
    const story = new Story()
    story.startWith('a', 'b', 'c')
    story.answer('a')
    const effects = story.deadline()
    expect(types(effects)).toEqual(['cancel', 'abandoned', 'open'])
    expect(effects[1]).toMatchObject({
      round: 1,
      attempt: 1,
      reason: '1 of the 2 answers needed had come at the deadline',
    })
    expect(story.opened()).toMatchObject({ round: 1, attempt: 2 })
    expect(story.opened().tasks.map((t) => t.taskId)).toEqual(['job/2/a', 'job/2/b', 'job/2/c'])
  })

  it('R3: abandoned as soon as the minimum cannot be reached any more', () => {
    const story = new Story()
    story.startWith('a', 'b', 'c')
    story.decline('a')
    const effects = story.gone('b')
    expect(types(effects)).toEqual(['cancel', 'abandoned', 'open'])
    expect(effects[1]).toMatchObject({ reason: 'only 0 of the 2 answers needed could still come' })
    expect(story.selected()).toEqual(['a', 'c'])
  })

  it('R3: after the configured number of abandoned attempts in a row the job fails and says why', () => {
    const story = new Story()
    story.startWith('a', 'b')
    story.deadline()
    story.deadline()
    const effects = story.deadline()
    expect(types(effects)).toEqual(['cancel', 'abandoned', 'ended'])
    expect(effects[2]).toEqual({
      type: 'ended',
      outcome: 'failed',
      reason:
        '3 attempts in a row were abandoned; the last one because 0 of the 2 answers needed had come at the deadline',
    })
    expect(story.join('c')).toEqual([])
  })

  it('R3: says at the how-manieth attempt at its round it is', () => {
    const story = new Story({ maxAbandonedAttempts: 9 })
    expect(story.startWith('a', 'b').tries).toBe(1)
    story.deadline()
    story.deadline()
    expect(story.opened()).toMatchObject({ round: 1, attempt: 3, tries: 3 })
    story.answer('a')
    story.answer('b')
    story.committed()
    expect(story.opened()).toMatchObject({ round: 2, attempt: 4, tries: 1 })
  })

  it('R3: a commit in between starts the count of abandoned attempts anew', () => {
    const story = new Story()
    story.startWith('a', 'b')
    for (let round = 1; round <= 2; round++) {
      story.deadline()
      story.deadline()
      story.answer('a')
      story.answer('b')
      expect(story.committed().map((e) => e.type)).toEqual(['open'])
    }
    expect(story.state).toMatchObject({ committed: 2, abandonedInARow: 0 })
  })

  it('R3: a job that failed can be started again, and has all its attempts before it', () => {
    const story = new Story()
    story.startWith('a', 'b')
    for (let i = 0; i < 3; i++) story.deadline()
    expect(types(story.on({ type: 'start' }))).toEqual(['open'])
    expect(types(story.deadline())).toEqual(['cancel', 'abandoned', 'open'])
  })

  it('R3: a commit that cannot be made durable fails the job', () => {
    const story = new Story({ minClients: 1 })
    story.startWith('a')
    story.answer('a')
    expect(story.on({ type: 'commit-failed', attempt: 1, reason: 'the disk is full' })).toEqual([
      { type: 'ended', outcome: 'failed', reason: 'the disk is full' },
    ])
    expect(story.state.committed).toBe(0)
  })
})

describe('R4 and R6: what counts', () => {
  it('R4: an answer counts once, whatever is said of its task afterwards', () => {
    const story = new Story({ minClients: 3 })
    story.startWith('a', 'b', 'c')
    story.answer('a')
    expect(story.answer('a')).toEqual([])
    expect(story.decline('a')).toEqual([])
    expect(currentAttempt(story.state)).toMatchObject({ answered: 1, pending: 2 })
    expect(openTask(story.state, 'job/1/a')).toBeNull()
    expect(openTask(story.state, 'job/1/b')).toMatchObject({ clientId: 'b' })
  })

  it('R4: answers to task ids of abandoned attempts, or to none at all, count for nothing', () => {
    const story = new Story()
    story.startWith('a', 'b')
    story.deadline()
    for (const taskId of ['job/1/a', 'job/3/a', 'nonsense']) expect(story.on({ type: 'answered', taskId })).toEqual([])
    expect(currentAttempt(story.state)).toMatchObject({ attempt: 2, answered: 0, pending: 2 })
  })

  it('R6: an accepted update counts even if its sender leaves', () => {
    const story = new Story()
    story.startWith('a', 'b')
    story.answer('a')
    expect(story.gone('a')).toEqual([])
    expect(story.answer('b')[0]).toMatchObject({ type: 'commit', taskIds: ['job/1/a', 'job/1/b'] })
  })

  it('R6: a client that left and came back under its id cannot answer the task that it left', () => {
    const story = new Story({ minClients: 1 })
    const { tasks } = story.startWith('a', 'b')
    story.gone('a')
    story.join('a')
    story.on({ type: 'answered', taskId: tasks[0]?.taskId ?? '' })
    expect(story.answer('b')[0]).toMatchObject({ type: 'commit', taskIds: ['job/1/b'] })
  })
})

describe('a job from its start to its end', () => {
  it('waits until enough clients are available', () => {
    const story = new Story()
    expect(story.join('a')).toEqual([])
    expect(story.join('b', false)).toEqual([])
    const effects = story.on({ type: 'client-available', clientId: 'b', available: true })
    expect(types(effects)).toEqual(['open'])
    expect(story.opened().tasks).toEqual([
      { taskId: 'job/1/a', clientId: 'a', examples: 100 },
      { taskId: 'job/1/b', clientId: 'b', examples: 100 },
    ])
  })

  it('leaves out clients that are not available, but lets them bring a task to its end', () => {
    const story = new Story({ minClients: 1 })
    story.startWith('a', 'b')
    expect(story.on({ type: 'client-available', clientId: 'b', available: false })).toEqual([])
    story.answer('a')
    expect(types(story.answer('b'))).toEqual(['commit'])
    story.committed()
    expect(story.selected()).toEqual(['a'])
  })

  it('finishes after the last round', () => {
    const story = new Story({ minClients: 1 }, { rounds: 2 })
    story.startWith('a')
    story.answer('a')
    expect(types(story.committed())).toEqual(['open'])
    story.answer('a')
    expect(story.committed()).toEqual([{ type: 'ended', outcome: 'finished', reason: '' }])
  })

  it('has the final model evaluated by everybody, where the job wants that', () => {
    const story = new Story({ minClients: 1, clientsPerRound: 1, finalEvaluation: true }, { rounds: 1 })
    story.startWith('a', 'b', 'c')
    story.answer(story.selected()[0] as string)
    story.committed()
    expect(story.opened()).toMatchObject({ kind: 'evaluate', round: 1, attempt: 2 })
    expect(story.selected()).toEqual(['a', 'b', 'c'])
    story.answer('a')
    story.decline('b')
    expect(types(story.gone('c'))).toEqual(['evaluated', 'ended'])
  })

  it('ends an evaluation at its deadline, with however few answers', () => {
    const story = new Story({ minClients: 1, finalEvaluation: true }, { rounds: 1 })
    story.startWith('a')
    story.answer('a')
    story.committed()
    expect(types(story.deadline())).toEqual(['cancel', 'evaluated', 'ended'])
  })

  it('evaluates again after more rounds, also when they were asked for during the evaluation', () => {
    const story = new Story({ minClients: 1, finalEvaluation: true }, { rounds: 1 })
    story.startWith('a')
    story.answer('a')
    story.committed()
    expect(story.opened().kind).toBe('evaluate')
    story.on({ type: 'more', rounds: 1 })
    expect(types(story.answer('a'))).toEqual(['evaluated', 'open'])
    expect(story.opened().kind).toBe('train')
    story.answer('a')
    expect(types(story.committed())).toEqual(['open'])
    expect(story.opened()).toMatchObject({ kind: 'evaluate', round: 2 })
  })

  it('pauses only when the open round has ended, and goes on where it was', () => {
    const story = new Story({ minClients: 1 })
    story.startWith('a')
    expect(story.on({ type: 'pause' })).toEqual([])
    expect(types(story.answer('a'))).toEqual(['commit'])
    expect(story.committed()).toEqual([])
    expect(story.opened().round).toBe(1)
    expect(types(story.on({ type: 'resume' }))).toEqual(['open'])
    expect(story.opened().round).toBe(2)
  })

  it('stops at once: the open attempt is abandoned, and nothing follows', () => {
    const story = new Story()
    story.startWith('a', 'b')
    expect(types(story.on({ type: 'stop' }))).toEqual(['cancel', 'abandoned', 'ended'])
    expect(story.on({ type: 'stop' })).toEqual([])
    expect(story.answer('a')).toEqual([])
    expect(story.on({ type: 'start' })).toEqual([])
    expect(story.state.priority.size).toBe(0)
  })

  it('stops after a commit that is under way', () => {
    const story = new Story({ minClients: 1 })
    story.startWith('a')
    story.answer('a')
    expect(story.on({ type: 'stop' })).toEqual([])
    expect(story.committed()).toEqual([{ type: 'ended', outcome: 'stopped', reason: '' }])
    expect(story.state.committed).toBe(1)
  })

  it('takes back a stop that waits for a commit when more rounds are asked for', () => {
    const story = new Story({ minClients: 1 })
    story.startWith('a')
    story.answer('a')
    story.on({ type: 'stop' })
    story.on({ type: 'more', rounds: 2 })
    expect(types(story.committed())).toEqual(['open'])
  })

  it('goes on after its end when more rounds are asked for', () => {
    const story = new Story({ minClients: 1 }, { rounds: 1 })
    story.startWith('a')
    story.answer('a')
    story.committed()
    expect(types(story.on({ type: 'more', rounds: 2 }))).toEqual(['open'])
    expect(story.opened().round).toBe(2)
    expect(story.state.rounds).toBe(3)
  })

  it('stays ended after a restart', () => {
    const story = new Story({ minClients: 1 }, { ended: { outcome: 'stopped', reason: '' } })
    expect(story.join('a')).toEqual([])
  })
})

/** Attempt 4 at round 2, its second try, as a store would have it. */
const OPEN: OpenPast = {
  kind: 'train',
  round: 2,
  attempt: 4,
  tries: 2,
  target: 2,
  quorum: 2,
  tasks: ['a', 'b', 'c'].map((clientId) => ({ taskId: `job/4/${clientId}`, clientId, examples: 100 })),
}
const NO_PAST: Past = { open: null, awaited: [], priority: [], contributed: [] }

function restarted(
  past: Partial<Past>,
  config: Partial<RoundsConfig> = {},
  progress: Partial<JobProgress> = {},
): Story {
  return new Story(config, { rounds: 5, committed: 1, lastAttempt: 4, past: { ...NO_PAST, ...past }, ...progress })
}

describe('R8: after the coordinator’s end', () => {
  it('R8: the open attempt is open again under the same ids, with the same numbers of answers wanted and needed', () => {
    // The job's rules would say otherwise now: a plan that went out is kept.
    const story = restarted({ open: OPEN }, { minClients: 1, overSelection: 3 })
    expect(currentAttempt(story.state)).toMatchObject({
      attempt: 4,
      round: 2,
      target: 2,
      quorum: 2,
      pending: 3,
      answered: 0,
    })
    story.join('a')
    expect(story.on({ type: 'answered', taskId: 'job/4/a' })).toEqual([])
    expect(story.on({ type: 'answered', taskId: 'job/4/b' })).toMatchObject([
      { type: 'cancel', tasks: [{ taskId: 'job/4/c' }] },
      { type: 'commit', round: 2, attempt: 4, taskIds: ['job/4/a', 'job/4/b'] },
    ])
  })

  it('R8: whoever comes back has its task, and takes no other', () => {
    const story = restarted({ open: OPEN })
    for (const clientId of ['a', 'b', 'c']) expect(story.join(clientId)).toEqual([])
    expect(story.state.selectable.size).toBe(0)
    expect(openTask(story.state, 'job/4/a')).toMatchObject({ clientId: 'a', status: 'pending' })
  })

  it('R8: no selection is made while somebody of the last attempt may still come back', () => {
    const story = restarted({ awaited: ['a', 'b'] }, { minClients: 1 })
    for (const clientId of ['x', 'y', 'a']) expect(story.join(clientId)).toEqual([])
    expect(jobState(story.state).reason).toBe('Waiting for 1 participant to come back after the coordinator’s restart.')
    expect(types(story.join('b'))).toEqual(['open'])
    expect(story.opened()).toMatchObject({ attempt: 5, round: 2, tries: 1 })
    expect(story.selected()).toEqual(['a', 'b', 'x', 'y'])
  })

  it('R8, R9: whoever does not come back is given up, and the job goes on without it', () => {
    const story = restarted({ awaited: ['a', 'b'], priority: ['b'] }, { minClients: 1 })
    story.join('a')
    expect(types(story.gone('b'))).toEqual(['open'])
    expect(story.selected()).toEqual(['a'])
    expect(story.state.priority.size).toBe(0)
  })

  it('R8, R9: a client of the open attempt that does not come back is gone from it', () => {
    const story = restarted({ open: { ...OPEN, target: 3 } })
    story.on({ type: 'answered', taskId: 'job/4/a' })
    story.on({ type: 'answered', taskId: 'job/4/b' })
    expect(types(story.gone('c'))).toEqual(['commit'])
  })

  it('R2, R8: the deadline ends an attempt that nobody came back to; the next waits for those who are given up', () => {
    const story = restarted({ open: OPEN }, { minClients: 1 })
    story.join('x')
    expect(types(story.on({ type: 'deadline', attempt: 4 }))).toEqual(['cancel', 'abandoned'])
    for (const clientId of ['a', 'b']) expect(story.gone(clientId)).toEqual([])
    expect(types(story.gone('c'))).toEqual(['open'])
    expect(story.opened().tasks.map((t) => t.taskId)).toEqual(['job/5/x'])
  })

  it('R3, R8: a restart does not give the job more attempts than it has', () => {
    const story = restarted({ open: { ...OPEN, tries: 3 } })
    for (const clientId of ['a', 'b', 'c']) story.join(clientId)
    const effects = story.on({ type: 'deadline', attempt: 4 })
    expect(types(effects)).toEqual(['cancel', 'abandoned', 'ended'])
    expect(effects[2]).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/^3 attempts in a row/) })
  })

  it('R4, R8: a commit that had not become durable is formed anew from all the answers, each once', () => {
    const story = restarted({ open: OPEN })
    for (const clientId of ['a', 'b', 'c']) story.join(clientId)
    for (const taskId of ['job/4/c', 'job/4/c', 'job/3/a', 'job/4/a']) story.on({ type: 'answered', taskId })
    const commits = story.effects.filter((e) => e.type === 'commit')
    expect(commits).toEqual([{ type: 'commit', round: 2, attempt: 4, taskIds: ['job/4/a', 'job/4/c'] }])
  })

  it('R8: an attempt that had not been recorded may have its number again: no task of it went out', () => {
    const before = new Story({}, { committed: 1, lastAttempt: 4, rounds: 5 })
    const lost = before.startWith('a', 'b')
    const after = restarted({ awaited: ['a', 'b'] })
    after.join('a')
    after.join('b')
    expect(after.opened()).toMatchObject({ attempt: lost.attempt, round: lost.round, tasks: lost.tasks })
  })

  it('R8: an evaluation goes on, too', () => {
    const open: OpenPast = { ...OPEN, kind: 'evaluate', round: 1, tries: 1, target: 3, quorum: 0 }
    const story = restarted({ open }, { finalEvaluation: true }, { rounds: 1 })
    for (const { taskId } of OPEN.tasks.slice(1)) story.on({ type: 'answered', taskId })
    expect(types(story.gone('a'))).toEqual(['evaluated', 'ended'])
  })

  it('R8: what has ended stays so, whatever its store still calls open', () => {
    const story = restarted({ open: OPEN }, {}, { ended: { outcome: 'stopped', reason: '' } })
    expect(currentAttempt(story.state)).toBeNull()
    expect(story.state.awaited.size).toBe(0)
    // An admin may want more of it.
    story.join('a')
    story.join('b')
    expect(types(story.on({ type: 'more', rounds: 1 }))).toEqual(['open'])
    expect(story.opened().attempt).toBe(5)
  })

  it('R8: a paused job brings its open attempt to its end, and pauses', () => {
    const story = restarted({ open: OPEN }, {}, { control: 'drain' })
    expect(jobState(story.state).state).toBe('pausing')
    for (const { clientId } of OPEN.tasks) story.join(clientId)
    story.on({ type: 'answered', taskId: 'job/4/a' })
    story.on({ type: 'answered', taskId: 'job/4/b' })
    expect(story.on({ type: 'committed', attempt: 4 })).toEqual([])
    expect(jobState(story.state).state).toBe('paused')
  })

  it('R8, R9: priority of a client that is gone before it was ever back is forgotten', () => {
    // Found by the random histories: the id stayed in the set for good.
    const story = restarted({ awaited: ['b'], priority: ['b'] })
    story.gone('b')
    expect([...story.state.priority]).toEqual([])
  })
})

describe('faults of the peers', () => {
  it('DISCO, no deadline: a round does not wait for all clients', () => {
    const story = new Story({ minClients: 1 })
    expect(story.startWith('a', 'b', 'silent').deadlineMs).toBeGreaterThan(0)
    story.answer('a')
    story.answer('b')
    expect(story.deadline().at(-1)).toMatchObject({ type: 'commit', taskIds: ['job/1/a', 'job/1/b'] })
  })

  it('DISCO #1219: a client that lagged by a round is in the next one, and catches up', () => {
    const story = new Story({ minClients: 1 }, { rounds: 9 })
    story.startWith('a', 'slow')
    story.answer('a')
    story.deadline()
    story.committed()
    expect(story.selected()).toEqual(['a', 'slow'])
    // Its old answer comes only now: it is worth nothing, and costs it nothing.
    expect(story.on({ type: 'answered', taskId: 'job/1/slow' })).toEqual([])
    story.answer('slow')
    expect(story.answer('a')).toMatchObject([{ type: 'commit', round: 2, taskIds: ['job/2/a', 'job/2/slow'] }])
  })

  it('DISCO #1221: an answer that a departed client did not finish does not count', () => {
    const story = new Story({ minClients: 1 })
    story.startWith('a', 'b')
    story.gone('b')
    expect(story.on({ type: 'answered', taskId: 'job/1/b' })).toEqual([])
    expect(story.answer('a')).toMatchObject([{ type: 'commit', taskIds: ['job/1/a'] }])
  })

  it('FLARE Edge, re-selected device: a client that is selected again has a task again, and the job goes on', () => {
    const story = new Story({ minClients: 1 }, { rounds: 20 })
    story.startWith('only')
    for (let round = 1; round <= 20; round++) {
      expect(story.opened()).toMatchObject({ round, tasks: [{ taskId: `job/${round}/only` }] })
      story.answer('only')
      story.committed()
    }
    expect(story.effects.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished' })
  })

  it('FLARE Edge, last straggler: an answer to an old version drops nothing of the present one', () => {
    const story = new Story({ minClients: 2 }, { rounds: 9 })
    story.startWith('a', 'b', 'c')
    story.answer('a')
    story.answer('b')
    story.deadline()
    story.committed()
    story.answer('a')
    story.on({ type: 'answered', taskId: 'job/1/c' })
    story.on({ type: 'declined', taskId: 'job/1/c' })
    story.answer('b')
    expect(story.answer('c')).toMatchObject([{ type: 'commit', taskIds: ['job/2/a', 'job/2/b', 'job/2/c'] }])
  })

  it('FLARE Edge, vanished device: its slot is free for another', () => {
    const story = new Story({ minClients: 1, clientsPerRound: 1 }, { rounds: 9 })
    story.startWith('a')
    story.join('b')
    expect(types(story.gone('a'))).toEqual(['abandoned', 'open'])
    expect(story.selected()).toEqual(['b'])
    expect(story.state.clients.has('a')).toBe(false)
  })
})
