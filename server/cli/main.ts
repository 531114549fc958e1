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

program.parseAsync().catch((thrown: unknown) => {
  if (!(thrown instanceof TributaryError)) throw thrown
  process.stderr.write(`${thrown.message} [${thrown.code}]\n`)
  process.exit(1)
})
