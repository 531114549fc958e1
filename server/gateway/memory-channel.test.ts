import { clientChannelContract } from './channel.contract.ts'
import { memoryChannel } from './memory-channel.ts'

clientChannelContract('memory', async () => ({ ...memoryChannel(), clean: async () => {} }))
