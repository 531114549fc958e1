// The layering check: reads all imports, judges each, looks for cycles, and makes sure that nothing was skipped.
import { readImports, sourceFiles } from './read.mjs'
import { cycles, judge } from './rules.mjs'

/** @returns {Promise<{ files: number, imports: number, problems: string[] }>} problems, one sentence each */
export async function checkLayers(root) {
  const { files, edges } = await readImports(root)
  const problems = edges.flatMap((edge) => {
    const problem = judge(edge)
    return problem ? [`${edge.from} ${problem}`] : []
  })
  for (const cycle of cycles(edges)) problems.push(`${cycle.join(' → ')} → ${cycle[0]} is a circle of imports`)
  // A parser that does not understand a file leaves it out and stays green: dependency-cruiser without the
  // compiler's API of TypeScript 6 reads no .ts file at all.
  const read = new Set(files)
  for (const file of sourceFiles(root)) if (!read.has(file)) problems.push(`${file} was not read by the checker`)
  if (read.size === 0) problems.push('No TypeScript file was read')
  return { files: read.size, imports: edges.length, problems }
}
