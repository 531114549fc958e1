/** `npm run example -- NAME`: runs one of the examples, and says what came of it. */
import { readdirSync, writeFileSync } from 'node:fs'
import { textTable } from '../../server/cli/text-table.ts'
import { errorInfo } from '../../shared/errors/error.ts'
import { chartSvg } from './chart.ts'
import type { Example } from './example.ts'

const folder = new URL('../', import.meta.url)
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'stage')
  .map(({ name }) => name)
  .sort()

const load = async (name: string) =>
  ((await import(new URL(`${name}/example.ts`, folder).href)) as { example: Example }).example

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name.startsWith('-') || !names.includes(name)) {
    const list = await Promise.all(names.map(async (known) => [known, (await load(known)).about]))
    const head = name === undefined || name.startsWith('-') ? 'Examples' : `There is no example ${name}; there are`
    process.stderr.write(`${head}:\n\n${list.map(([known, about]) => `  ${known?.padEnd(16)}${about}`).join('\n')}\n\n`)
    process.stderr.write('  npm run example -- NAME [--small] [--json] [--picture FILE.svg]\n')
    return name === undefined || name.startsWith('-') ? 0 : 1
  }
  const json = rest.includes('--json')
  const pictureAt = rest.indexOf('--picture')
  const picture = pictureAt < 0 ? null : (rest[pictureAt + 1] ?? '')
  if (picture === '') throw new Error('--picture takes the path of an SVG file to be written.')
  const example = await load(name)
  const began = Date.now()
  const { columns, rows, sentence, result, chart } = await example.run({
    say: (line) => void process.stderr.write(`${line}\n`),
    small: rest.includes('--small'),
    args: rest.filter(
      (arg, i) => arg !== '--json' && arg !== '--small' && (pictureAt < 0 || (i !== pictureAt && i !== pictureAt + 1)),
    ),
  })
  const table = `\n${textTable(columns, rows)}\n\n${sentence}\n`
  process[json ? 'stderr' : 'stdout'].write(table)
  if (picture !== null && chart) writeFileSync(picture, chartSvg(chart))
  if (json) process.stdout.write(`${JSON.stringify({ example: name, ...result, wallMs: Date.now() - began })}\n`)
  return 0
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (thrown) => {
    process.stderr.write(`${errorInfo(thrown).message}\n`)
    process.exit(1)
  },
)
