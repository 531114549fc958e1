// `node scripts/kernel.mjs`: compiles shared/aggregation/kernel/kernel.as.ts into kernel-bytes.ts beside it.
import { writeFileSync } from 'node:fs'
import { bytesAsSource, compileKernel, OUTPUT } from './kernel/compile.mjs'

const bytes = await compileKernel()
writeFileSync(OUTPUT, bytesAsSource(bytes))
console.log(`${bytes.length} bytes`)
