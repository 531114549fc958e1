// `node scripts/layers.mjs [FOLDER]`: checks DESIGN.md's table of rooms, which scripts/layers/rooms.mjs holds as data.
import { checkLayers } from './layers/check.mjs'
import { ROOT } from './setup/paths.mjs'

const { files, imports, problems } = await checkLayers(process.argv[2] ?? ROOT)
for (const problem of problems) console.log(problem)
console.log(`${files} files and ${imports} imports read, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
