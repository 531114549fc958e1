// Compiles SIMD kernels (AssemblyScript) and writes them as TypeScript files that need no loader.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { inRoot } from '../setup/paths.mjs'

/** Folders with a kernel.as.ts, which becomes kernel-bytes.ts beside it. */
export const KERNELS = [
  inRoot('shared', 'aggregation', 'kernel'),
  inRoot('client', 'training', 'wasm', 'native'),
  inRoot('client', 'training', 'wasm', 'arrays'),
  inRoot('client', 'training', 'optimizers', 'native'),
]

/** The file that a folder's kernel is written to. */
export function outputOf(folder) {
  return join(folder, 'kernel-bytes.ts')
}

const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--noExportMemory', '--enable', 'simd']

/** @returns {Promise<string>} kernel-bytes.ts of this folder: the same source and compiler give the same bytes */
export async function compileKernel(folder) {
  const source = readFileSync(join(folder, 'kernel.as.ts'), 'utf8')
  let bytes
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...OPTIONS], {
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm') bytes = contents
    },
    listFiles: () => [],
  })
  if (error || !bytes) throw new Error(`${folder} did not compile: ${stderr.toString()}`, { cause: error })
  return bytesAsSource(bytes)
}

/** As biome formats it. */
function bytesAsSource(bytes) {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,110}/g)
  return `/** kernel.as.ts compiled to WebAssembly, in base64. Written by \`node scripts/kernel.mjs\`; not to be edited. */
export const KERNEL_BASE64 = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('')
`
}
