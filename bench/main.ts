/** `npm run bench -- [NAME…] [--only CASES] [--json]`: benchmarks by name, all without one. */
import { arch, cpus, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import type { Row } from './benchmark.ts'
import { BENCHMARKS } from './benchmarks.ts'
import { table } from './table.ts'

const { values, positionals: named } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
  allowPositionals: true,
})
const unknown = named.find((name) => !Object.hasOwn(BENCHMARKS, name))

if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}: it is one of ${Object.keys(BENCHMARKS).join(', ')}.`)
  process.exitCode = 1
} else {
  await runAll(named.length > 0 ? named : Object.keys(BENCHMARKS))
}

async function runAll(names: readonly string[]): Promise<void> {
  const rows: Row[] = []
  for (const name of names) {
    const benchmark = BENCHMARKS[name]
    if (!benchmark) continue
    console.log(`\n── ${name}: ${benchmark.about}`)
    const measured = await benchmark.run(values.only ?? null)
    console.log(table(measured))
    rows.push(...measured)
  }
  if (values.json) console.log(JSON.stringify({ name: names.join(','), machine: machine(), rows }))
}

function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  return `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${memory}, ${platform()} ${arch()}, Node ${process.versions.node}`
}
