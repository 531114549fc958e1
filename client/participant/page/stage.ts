/** Which of its four faces the page shows. */
import type { JobInfo } from '../../../shared/protocol/participant.ts'
import type { Membership } from '../view.ts'

export type Stage = 'choosing' | 'training' | 'finished' | 'ended'

export function stageOf(job: Pick<JobInfo, 'state'>, membership: Membership): Stage {
  if (job.state === 'finished') return 'finished'
  if (job.state === 'stopped' || job.state === 'failed') return 'ended'
  return membership === 'member' || membership === 'paused' ? 'training' : 'choosing'
}
