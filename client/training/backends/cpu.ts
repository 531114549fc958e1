import { activate } from './activate.ts'
import type { Backend } from './backend.ts'

export const cpu: Backend = {
  name: 'cpu',
  look: async () => ({ available: true, adapter: 'processor', hardware: true }),
  async activate(): Promise<number> {
    await import('@tensorflow/tfjs-backend-cpu')
    await activate('cpu')
    return 1
  },
}
