import { openTabs } from '../../server/cli/tabs.ts'
import { jobOf, withCoordinator } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { installedProject, serve } from './project.ts'

const PARTS = [0, 1]

export const example: Example = {
  about: 'a plain page that trains alone, and its federated twin: two lines apart',
  async run({ say, small }) {
    const job = await jobOf(new URL('job.json', import.meta.url), small ? { rounds: 5 } : {})
    say('Installing the packed Client API in a project of its own …')
    const project = await installedProject()
    const site = await serve(project.folder)
    try {
      return await withCoordinator(
        job,
        async ({ url, over }) => {
          const alone = await openTabs(PARTS.map((part) => `${site.origin}/centralised/?part=${part}`))
          const aloneSaid = await alone.texts('#said', /Right/)
          await alone.close()
          say(`Two pages with half of each moon train together for ${job.rounds} rounds at ${url}.`)
          const query = (part: number) => new URLSearchParams({ part: String(part), coordinator: url })
          const tabs = await openTabs(PARTS.map((part) => `${site.origin}/federated/?${query(part)}`))
          await over()
          const together = await tabs.texts('#said', /Right/)
          await tabs.close()
          const percent = (text: string | undefined) => /\d+ %/.exec(text ?? '')?.[0] ?? '–'
          return {
            columns: ['page', 'alone', 'federated'],
            rows: PARTS.map((part, i) => [
              `has the ${part === 0 ? 'left' : 'right'} halves`,
              percent(aloneSaid[i]),
              percent(together[i]),
            ]),
            sentence: 'How often each page’s model is right on both whole moons. The two programs differ by two lines.',
            chart: {
              kind: 'bars',
              title: 'Both moons told apart: pages with half of each',
              at: ['alone', 'federated'],
              series: PARTS.map((part, i) => ({
                name: part === 0 ? 'has the left halves' : 'has the right halves',
                values: [aloneSaid[i], together[i]].map((text) => Number.parseInt(percent(text), 10) / 100),
              })),
              range: [0, 1],
              unit: 'percent',
            },
            result: { rounds: job.rounds, alone: aloneSaid, federated: together },
          }
        },
        [site.origin],
      )
    } finally {
      site.close()
      await project.remove()
    }
  },
}
