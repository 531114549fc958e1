// `node scripts/kernel.mjs`: compiles each kernel.as.ts into kernel-bytes.ts beside it.
import { writeFileSync } from 'node:fs'
import { compileKernel, KERNELS, outputOf } from './kernel/compile.mjs'

for (const kernel of KERNELS) {
  const source = await compileKernel(kernel)
  const output = outputOf(kernel.folder)
  writeFileSync(output, source)
  console.log(`${output}: ${source.length} characters`)
}
