/** The `tributary` command. */
import { Command } from 'commander'
import { TributaryError } from '../../shared/errors/error.ts'
import { demoCommand } from './demo.ts'
import { exportCommand } from './export.ts'
import { startCommand } from './start.ts'

const program = new Command('tributary')
  .description('Federated learning whose clients are browser tabs')
  .addCommand(startCommand())
  .addCommand(demoCommand())
  .addCommand(exportCommand())
  .showHelpAfterError()

// Not loaded for a coordinator that simulates nothing.
if (!['start', 'demo'].includes(process.argv[2] ?? '')) program.addCommand(await simulateCommand())

/** The simulator is a root of its own, in which the browser's code runs too: from here it is known by its place alone. */
async function simulateCommand(): Promise<Command> {
  const file = import.meta.url.endsWith('.ts') ? 'command.ts' : 'command.js'
  const simulator = await import(new URL(`../../simulator/${file}`, import.meta.url).href)
  return simulator.simulateCommand()
}

program.parseAsync().catch((thrown: unknown) => {
  if (!(thrown instanceof TributaryError)) throw thrown
  process.stderr.write(`${thrown.message} [${thrown.code}]\n`)
  process.exit(1)
})
