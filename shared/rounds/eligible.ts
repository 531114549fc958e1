import type { BackendName, Capabilities, DatasetSummary } from '../protocol/participant.ts'

/** Whom a job's tasks may go to. Fields that are null or absent demand nothing. */
export interface EligibilityRules {
  readonly minExamples: number
  readonly maxExamples: number | null
  readonly backends: readonly BackendName[] | null
  /** Only backends that compute on a graphics card, not on its emulation. */
  readonly hardware: boolean
}

/** Why a client is never selected for the job, in a sentence; empty where it may be. */
export function ineligibility(
  rules: EligibilityRules,
  { backend, hardware }: Pick<Capabilities, 'backend' | 'hardware'>,
  { train }: Pick<DatasetSummary, 'train'>,
): string {
  const { minExamples, maxExamples, backends } = rules
  if (train < minExamples) {
    return `This job takes participants with at least ${minExamples} examples; this tab has ${train}. Choose more data.`
  }
  if (maxExamples !== null && train > maxExamples) {
    return `This job takes participants with at most ${maxExamples} examples; this tab has ${train}. Choose fewer data.`
  }
  if (backends && !backends.includes(backend)) {
    return `This job is trained on ${backends.join(' or ')}; this tab computes on ${backend}. Choose another backend, or another browser.`
  }
  if (rules.hardware && !hardware) {
    return `This job is trained on hardware WebGPU or WebGL; this tab’s ${backend} is emulated. Use a device with a graphics card.`
  }
  return ''
}
