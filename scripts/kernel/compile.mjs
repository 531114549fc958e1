// Compiles SIMD kernels (AssemblyScript) and writes them as TypeScript files that need no loader.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'
import { inRoot } from '../setup/paths.mjs'

/** Kernels that work in tfjs' memory: it has an end, as memory has that threads may share, and so have what they are given. */
const IN_TFJS = ['--maximumMemory', '65536']

/**
 * Folders with a kernel.as.ts, which becomes kernel-bytes.ts beside it, and the compiler's options for each constant there.
 * @type {readonly { folder: string, variants: Record<string, string[]> }[]}
 */
export const KERNELS = [
  { folder: inRoot('shared', 'aggregation', 'kernel'), variants: { KERNEL_BASE64: [] } },
  { folder: inRoot('client', 'training', 'wasm', 'native'), variants: { KERNEL_BASE64: IN_TFJS } },
  { folder: inRoot('client', 'training', 'wasm', 'arrays'), variants: { KERNEL_BASE64: IN_TFJS } },
  {
    folder: inRoot('client', 'training', 'wasm', 'products'),
    variants: { KERNEL_BASE64: IN_TFJS, RELAXED_BASE64: [...IN_TFJS, '--enable', 'relaxed-simd'] },
  },
  { folder: inRoot('client', 'training', 'optimizers', 'native'), variants: { KERNEL_BASE64: IN_TFJS } },
]

/** The file that a folder's kernel is written to. */
export function outputOf(folder) {
  return join(folder, 'kernel-bytes.ts')
}

const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--noExportMemory', '--enable', 'simd']

/** @returns {Promise<string>} kernel-bytes.ts of this folder: the same source and compiler give the same bytes */
export async function compileKernel({ folder, variants }) {
  const source = readFileSync(join(folder, 'kernel.as.ts'), 'utf8')
  const constants = []
  for (const [name, options] of Object.entries(variants))
    constants.push(bytesAsSource(name, await compile(folder, source, options)))
  return `/** kernel.as.ts compiled to WebAssembly, in base64. Written by \`node scripts/kernel.mjs\`; not to be edited. */
${constants.join('')}`
}

async function compile(folder, source, options) {
  let bytes
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...OPTIONS, ...options], {
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'kernel.wasm') bytes = contents
    },
    listFiles: () => [],
  })
  if (error || !bytes) throw new Error(`${folder} did not compile: ${stderr.toString()}`, { cause: error })
  return bytes
}

/** As biome formats it. */
function bytesAsSource(name, bytes) {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,110}/g)
  return `export const ${name} = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('')
`
}
