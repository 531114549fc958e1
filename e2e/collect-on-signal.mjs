// Loaded into a process by NODE_OPTIONS' --import: at SIGUSR2 it collects its garbage, so that what it still holds can be seen.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

process.on('SIGUSR2', () => {
  collect()
  // What the first collection's finalizers let go of is collected by the second.
  setImmediate(collect)
})
