import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTabs } from '../../server/cli/tabs.ts'
import { TributaryError } from '../../shared/errors/error.ts'
import { jobOf, withCoordinator } from '../stage/coordinator.ts'
import type { Example } from '../stage/example.ts'
import { percent } from '../stage/simulated.ts'
import { divide, WHAT } from './divide.ts'

/** As many seconds as a tab may take to read its pictures. */
const READ_MS = 600_000

export const example: Example = {
  about: 'colour pictures of ten things, read by tabs from CIFAR-10’s files or a folder; give its path',
  async run({ say, small, args }) {
    const [from] = args
    if (!from) throw new TributaryError('data/missing', `Name the pictures after the example’s name. ${WHAT}`)
    const tabs = small ? 2 : 4
    const job = await jobOf(new URL('job.json', import.meta.url), { minClients: tabs, ...(small ? { rounds: 3 } : {}) })
    const folder = await mkdtemp(join(tmpdir(), 'tributary-example-'))
    try {
      const choices = await divide(from, folder, tabs)
      return await withCoordinator(job, async ({ url, dashboardUrl, over }) => {
        say(`${tabs} tabs read their pictures and train for ${job.rounds} rounds. Dashboard: ${dashboardUrl}`)
        const browser = await openTabs(
          Array.from({ length: tabs }, () => url),
          async (page, i) => {
            const choice = choices[i] ?? { files: [] }
            await page.locator('input[name=source][value=files]').check()
            const input = page.getByTestId('folder' in choice ? 'choose-folder' : 'choose-files')
            await input.setInputFiles('folder' in choice ? choice.folder : [...choice.files])
            await page.locator('[data-testid=join]:enabled').click({ timeout: READ_MS })
          },
        )
        try {
          const { versions, clients } = await over()
          const scored = versions.filter(({ clients: score }) => score !== null)
          return {
            columns: ['version', 'accuracy', 'top 3', 'loss'],
            rows: scored.map(({ version, clients: score }) => [
              String(version),
              percent(score?.metrics.accuracy),
              percent(score?.metrics.top3),
              (score?.loss ?? Number.NaN).toFixed(3),
            ]),
            sentence: `Measured on the tenth that each of the ${tabs} tabs held back. No picture has left its tab.`,
            chart: null,
            result: {
              examples: clients.map(({ examples }) => examples),
              scores: scored.map(({ clients: score }) => score),
            },
          }
        } finally {
          await browser.close()
        }
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}
