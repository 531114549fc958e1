import { readFile } from 'node:fs/promises'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import type { SimulatedRound } from '../../simulator/report.ts'
import { jobOf } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { percent, simulated, withFiles } from '../stage/simulated.ts'
import { rolesOf, splitRoles } from './roles.ts'

const TEST_SHARE = 0.1
const MOST_ROLES = 24

async function playAt(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TributaryError(
      'data/missing',
      `The play ${path} cannot be read: ${errorInfo(cause).message}. Give the path of a text file with speeches after the example’s name.`,
      { cause },
    )
  })
}

const perplexity = ({ metrics }: Pick<SimulatedRound, 'metrics'>) => metrics.perplexity ?? Number.NaN

export const example: Example = {
  about: 'the next character of a play, a role a client; give the path of a play',
  async run(stage) {
    const [given] = stage.args
    const path = given ?? new URL('scene.txt', import.meta.url).pathname
    if (!given) stage.say('No play was given: a short scene that comes with the example has to do. See its README.')
    const roles = splitRoles(rolesOf(await playAt(path), path), MOST_ROLES, TEST_SHARE)
    const changes = stage.small ? { rounds: 3, data: { kind: 'text', length: 20, stride: 4 } } : {}
    const clientsPerRound = Math.min(8, roles.train.length)
    const job = await jobOf(new URL('job.json', import.meta.url), { clientsPerRound, ...changes })
    const lines = (rows: readonly object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`
    return withFiles({ 'roles.jsonl': lines(roles.train), 'test.jsonl': lines(roles.test) }, async (pathOf) => {
      const request = { data: pathOf('roles.jsonl'), partition: 'natural-id:role', testData: pathOf('test.jsonl') }
      const report = await simulated('the play', job, request, stage)
      const shown = report.rounds.filter(({ round }) => round === 1 || round % Math.ceil(job.rounds / 5) === 0)
      return {
        columns: ['round', 'accuracy', 'perplexity', 'loss'],
        rows: shown.map(({ round, metrics, loss }) => [
          String(round),
          percent(metrics.accuracy),
          perplexity({ metrics }).toFixed(2),
          (loss ?? Number.NaN).toFixed(3),
        ]),
        sentence: `${report.clients} roles, ${clientsPerRound} of them a round; each keeps its lines.`,
        chart: {
          kind: 'lines',
          title: 'Perplexity by round: among how many characters it still chooses',
          at: report.rounds.map(({ round }) => String(round)),
          series: [{ name: 'the model of all roles', values: report.rounds.map(perplexity) }],
          range: [0, 20 * Math.ceil(Math.max(...report.rounds.map(perplexity)) / 20)],
        },
        result: {
          clients: report.clients,
          rounds: report.rounds.map(({ round, loss, metrics }) => ({ round, loss, metrics })),
        },
      }
    })
  },
}
