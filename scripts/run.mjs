// The one entry behind every npm script: `node scripts/run.mjs <verb> [arguments]`.
// It sets up what the verb needs (packages, builds, a browser) and then runs it, so that each verb works
// as the first command typed in a fresh clone. Nothing that is loaded before the set-up may import a package.
import { requireNode } from './setup/node-version.mjs'
import { endWithNpm } from './setup/orphan.mjs'

const [verb, ...args] = process.argv.slice(2)
requireNode()
endWithNpm()
// Loaded only now: an older Node would stumble over it before it could say that it is too old.
const { runVerb } = await import('./verbs.mjs')
await runVerb(verb, args)
