/**
 * The crash matrix: a coordinator in a process of its own is killed with SIGKILL at a named instant and started again on
 * the same port and store. Its clients live on and come back by themselves, and the job ends as if nothing had been.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { random } from '../../shared/random/random.ts'
import { evidence, full } from '../../shared/testing.ts'
import { INSTANTS } from './crash-instants.ts'
import { COUNTS, JOB, ROUND, TESTED_JOB } from './crash-job.ts'
import type { Instant } from './crash-process.ts'
import { brokenRules, differences, unscored, untested } from './crash-rules.ts'
import { CrashScene, type Ending } from './crash-scene.ts'
import { pause } from './pause.ts'

/** The same job without a crash. */
let reference: Ending
const closers: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  const scene = await CrashScene.open((close) => closers.unshift(close), TESTED_JOB, COUNTS.clients)
  scene.start()
  await scene.finished()
  reference = await scene.close()
  expect([...scene.faults, ...brokenRules(reference.stored, scene.clients)]).toEqual([])
}, 240_000)

afterAll(async () => {
  for (const close of closers) await close()
})

/** Waits for the end of the scene's job and compares it with the reference. `tested`: every version has its test, too. */
async function wellEnded(scene: CrashScene, tested = false) {
  const backMs = await scene.allBack()
  await scene.finished()
  const endMs = Math.round(performance.now() - scene.life.since)
  const ending = await scene.close()
  const wrong = [...scene.faults, ...brokenRules(ending.stored, scene.clients), ...differences(ending, reference)]
  expect(wrong, scene.words()).toEqual([])
  if (tested) expect(untested(ending), 'versions without a test').toEqual([])
  return { backMs, endMs, equal: true, unscored: unscored(ending) }
}

/** Starts a coordinator that dies at an instant, does `meanwhile`, and sees it die there. */
async function dies(scene: CrashScene, instant: Instant, meanwhile: () => Promise<void> = async () => {}) {
  const life = scene.start(instant)
  await meanwhile()
  await scene.dies()
  expect([life.end, life.passed.at(-1)], life.words()).toEqual(['SIGKILL', instant.at(-1)?.split(':')[0]])
}

/** Resolves when the round's tasks are out and pausing the job was acknowledged. */
async function pauseInRound(scene: CrashScene) {
  await scene.life.passes('tasks-sent', ROUND)
  await scene.life.command('pause')
}

/** The job is paused after the round in which that was asked for, whoever is the coordinator now; then it goes on. */
async function resumes(scene: CrashScene) {
  await scene.allHear('the pause', ({ state }) => state === 'paused' || state === 'finished')
  for (const { job } of scene.clients) expect([job?.state, job?.version]).toEqual(['paused', ROUND])
  await scene.life.command('resume')
}

describe.concurrent('R7, R8: killed when', () => {
  for (const { name, deaths, tested } of INSTANTS) {
    it(name, async ({ task, onTestFinished }) => {
      const scene = await CrashScene.open(onTestFinished, tested ? TESTED_JOB : JOB, COUNTS.clients)
      for (const instant of deaths) await dies(scene, instant)
      scene.start()
      evidence('crash', COUNTS, await wellEnded(scene, tested), task)
    })
  }

  it('a model is being downloaded', async ({ task, onTestFinished }) => {
    const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
    scene.start()
    await scene.killInDownload(ROUND)
    expect(scene.life.end).toBe('SIGKILL')
    const trained = scene.clients.filter(({ computed }) => computed.size === ROUND)
    expect(trained.length, 'clients that had it all').toBeLessThan(COUNTS.clients)
    scene.start()
    evidence('crash', COUNTS, await wellEnded(scene), task)
  })

  it('it waits for its start, with clients connected', async ({ task, onTestFinished }) => {
    const scene = await CrashScene.open(onTestFinished, { ...JOB, autoStart: false }, COUNTS.clients)
    scene.start()
    await scene.allHear('that it is held', ({ held }) => held)
    await scene.kill()
    scene.start()
    await scene.allHear('that it is still held', ({ held }) => held)
    await scene.life.command('start')
    evidence('crash', COUNTS, await wellEnded(scene), task)
  })

  it('pausing was asked for and is not yet acknowledged', async ({ task, onTestFinished }) => {
    const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
    const train = scene.holdTraining(ROUND)
    await dies(scene, ['pausing:1'], async () => {
      await expect(pauseInRound(scene)).rejects.toThrow('fetch failed')
    })
    scene.start()
    await scene.allBack()
    train()
    await resumes(scene)
    evidence('crash', COUNTS, await wellEnded(scene), task)
  })

  it('it is pausing: a round is still brought to its end', async ({ task, onTestFinished }) => {
    const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
    const train = scene.holdTraining(ROUND)
    scene.start()
    await pauseInRound(scene)
    await scene.kill()
    scene.start()
    await scene.allHear('that it is pausing', ({ state }) => state === 'pausing')
    train()
    await resumes(scene)
    evidence('crash', COUNTS, await wellEnded(scene), task)
  })

  if (full())
    it('the round is over and the job just paused', async ({ task, onTestFinished }) => {
      const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
      const train = scene.holdTraining(ROUND)
      await dies(scene, ['paused:1'], async () => {
        await pauseInRound(scene)
        train()
      })
      scene.start()
      await resumes(scene)
      evidence('crash', COUNTS, await wellEnded(scene), task)
    })

  it('it is paused, with clients connected', async ({ task, onTestFinished }) => {
    const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
    const train = scene.holdTraining(ROUND)
    scene.start()
    await pauseInRound(scene)
    train()
    await scene.allHear('the pause', ({ state }) => state === 'paused')
    await scene.kill()
    scene.start()
    await resumes(scene)
    evidence('crash', COUNTS, await wellEnded(scene), task)
  })

  if (full())
    it('the job has finished', async ({ task, onTestFinished }) => {
      const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
      scene.start()
      await scene.finished()
      await scene.kill()
      scene.start()
      evidence('crash', COUNTS, await wellEnded(scene), task)
    })

  for (let walk = 1; walk <= COUNTS.walks; walk++) {
    it(`any milestone comes, one coordinator after the other (seed ${walk})`, async ({ task, onTestFinished }) => {
      const draws = random(walk, 'crash-milestones')
      const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
      const instants: string[] = []
      for (let kill = 0; kill < COUNTS.kills; kill++) {
        const instant = `any:${1 + draws.int(30)}`
        const life = scene.start([instant])
        await scene.overOrFinished()
        if (!life.over) break
        await scene.dies()
        instants.push(`${instant} ${life.passed.at(-1)}`)
      }
      if (scene.life.over) scene.start()
      evidence('crash', COUNTS, { ...(await wellEnded(scene)), instants }, task)
    })

    it(`at any time, one coordinator after the other (seed ${walk})`, async ({ task, onTestFinished }) => {
      const draws = random(walk, 'crash-times')
      const scene = await CrashScene.open(onTestFinished, JOB, COUNTS.clients)
      const instants: string[] = []
      for (let kill = 0; kill < COUNTS.kills; kill++) {
        const life = scene.start()
        // Every other one while it starts, before any client is back.
        if (kill % 2 === 1) await scene.someoneBack()
        const ms = Math.round(draws.uniform(0, 2000))
        await pause(ms)
        await scene.kill()
        instants.push(`${ms} ms ${life.passed.at(-1) ?? 'nothing'}`)
      }
      scene.start()
      evidence('crash', COUNTS, { ...(await wellEnded(scene)), instants }, task)
    })
  }
})
