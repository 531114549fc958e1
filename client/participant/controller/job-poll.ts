import { type ErrorInfo, TributaryError } from '../../../shared/errors/error.ts'
import { type JobInfo, jobInfoSchema } from '../../../shared/protocol/participant.ts'

const POLL_MS = 3000

export interface JobWatcher {
  seen(job: JobInfo): void
  failed(error: ErrorInfo): void
}

/** Asks the coordinator about its job now and then, until the page has joined and is told. Returns what ends it. */
export function watchJob(url: string, watcher: JobWatcher): () => void {
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async () => {
    const outcome = await fetchJob(url)
    if (stopped) return
    if (outcome instanceof TributaryError) watcher.failed(outcome.toInfo())
    else watcher.seen(outcome)
    timer = setTimeout(look, POLL_MS)
  }
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

async function fetchJob(url: string): Promise<JobInfo | TributaryError> {
  try {
    const response = await fetch(`${url}/api/job`)
    const parsed = jobInfoSchema.safeParse(await response.json())
    if (parsed.success) return parsed.data
    return new TributaryError('protocol/malformed', 'The coordinator’s answer does not fit this page. Reload the page.')
  } catch (cause) {
    return new TributaryError(
      'network/unreachable',
      'The coordinator cannot be reached. It is tried again every few seconds.',
      { cause },
    )
  }
}
