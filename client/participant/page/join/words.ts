/** Backends in words that somebody who has never heard of them can choose by. */
import type { BackendName } from '../../../../shared/protocol/participant.ts'
import type { BackendTrial } from '../../view.ts'

export const BACKEND_WORDS: Record<BackendName, string> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  webgl: 'WebGL',
  cpu: 'plain JavaScript',
}

export const CHOICE_WORDS: Record<BackendName | 'auto', string> = {
  auto: 'Best available',
  webgpu: 'WebGPU: the graphics processor',
  wasm: 'WebAssembly: the main processor',
  webgl: 'WebGL: the graphics processor, the older way',
  cpu: 'Plain JavaScript: works everywhere, slow',
}

export const OUTCOME_WORDS: Record<BackendTrial['outcome'], string> = {
  chosen: 'in use',
  slower: 'slower',
  unavailable: 'not in this browser',
  'cannot-train': 'cannot train this model',
  'not-needed': 'not tried',
  failed: 'failed in a task',
}
