// `node scripts/kernel.mjs`: compiles each kernel.as.ts into kernel-bytes.ts beside it.
import { writeFileSync } from 'node:fs'
import { compileKernel, KERNELS, outputOf } from './kernel/compile.mjs'

for (const folder of KERNELS) {
  const source = await compileKernel(folder)
  writeFileSync(outputOf(folder), source)
  console.log(`${outputOf(folder)}: ${source.length} characters`)
}
