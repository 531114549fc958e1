// Compiles the SIMD kernel (AssemblyScript) and writes it as a TypeScript file that needs no loader.
import { readFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'
import { inRoot } from '../setup/paths.mjs'

export const SOURCE = inRoot('shared', 'aggregation', 'kernel', 'kernel.as.ts')
export const OUTPUT = inRoot('shared', 'aggregation', 'kernel', 'kernel-bytes.ts')

const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--noExportMemory', '--enable', 'simd']

/** @returns {Promise<Uint8Array>} the module's bytes: the same source and compiler give the same bytes */
export async function compileKernel() {
  const source = readFileSync(SOURCE, 'utf8')
  let bytes
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...OPTIONS], {
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm') bytes = contents
    },
    listFiles: () => [],
  })
  if (error || !bytes) throw new Error(`The kernel did not compile: ${stderr.toString()}`, { cause: error })
  return bytes
}

/** kernel-bytes.ts for these bytes, as biome formats it. */
export function bytesAsSource(bytes) {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,110}/g)
  return `/** kernel.as.ts compiled to WebAssembly, in base64. Written by \`node scripts/kernel.mjs\`; not to be edited. */
export const KERNEL_BASE64 = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('')
`
}
