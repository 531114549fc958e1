import type { DataSchema } from '../../shared/protocol/data.ts'
import type { JobInfo } from '../../shared/protocol/participant.ts'

/** A job that the page can train for; others are for programs that bring examples of their own. */
export type PageJob = JobInfo & { readonly data: DataSchema }

export function isForPages(job: JobInfo): job is PageJob {
  return job.data.kind !== 'own'
}
