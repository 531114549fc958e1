/** The instants of the crash matrix at which a coordinator kills itself. */
import { full } from '../../shared/testing.ts'
import { COUNTS, ROUND, UPDATE_CHUNKS } from './crash-job.ts'
import type { Instant } from './crash-process.ts'

export interface Row {
  readonly name: string
  /** Of each coordinator that dies, one after the other. */
  readonly deaths: readonly Instant[]
  /** The coordinator has test data, and has tested every version when the job has ended. */
  readonly tested?: true
  /** Only at full counts: near another instant that `npm test` meets. */
  readonly full?: true
}

const SENT = `tasks-sent:${ROUND}`
const TOLD = `version-told:${ROUND}`

const ALL: readonly Row[] = [
  { name: 'the store was opened for the first time', deaths: [['store-opened:1']] },
  { name: 'it listens for the first time', deaths: [['listening:1']], full: true },
  { name: 'a client has joined, before the selection', deaths: [['client-joined:2']] },
  { name: 'the clients are selected, and no record says so', deaths: [[`selected:${ROUND}`]] },
  { name: 'the selection is recorded, and no task has gone out', deaths: [[`attempt-recorded:${ROUND}`]] },
  { name: 'the tasks were sent', deaths: [[SENT]] },
  { name: 'a model was asked for', deaths: [[SENT, 'download-begun:5']], full: true },
  { name: 'a chunk was stored', deaths: [[SENT, `chunk-held:${UPDATE_CHUNKS + 1}`]] },
  { name: 'the last chunk of an update was stored', deaths: [[SENT, 'upload-complete:2']] },
  { name: 'an update was added to the sum', deaths: [[SENT, 'update-counted:2']] },
  { name: 'the last update was added, before the sum is closed', deaths: [[`all-answered:${ROUND}`]], full: true },
  { name: 'the sum is closed', deaths: [[`aggregated:${ROUND}`]] },
  { name: 'the version’s blobs are stored, and no record names them', deaths: [[`version-stored:${ROUND}`]] },
  { name: 'the version is recorded, and nobody knows', deaths: [[`version-recorded:${ROUND}`]] },
  { name: 'the version was told', deaths: [[TOLD]], full: true },
  { name: 'the last version is recorded', deaths: [[`version-recorded:${COUNTS.rounds}`]], full: true },
  { name: 'a version is about to be tested', deaths: [[TOLD, 'evaluating:1']], tested: true },
  { name: 'a version was tested', deaths: [[TOLD, 'evaluated:1']], tested: true, full: true },
  { name: 'clients evaluate the last model', deaths: [[`version-told:${COUNTS.rounds}`, 'update-counted:2']] },
  { name: 'it starts again, the store just opened', deaths: [[`attempt-recorded:${ROUND}`], ['store-opened:1']] },
  { name: 'it starts again and just listens', deaths: [[`version-stored:${ROUND}`], ['listening:1']], full: true },
]

export const INSTANTS = ALL.filter((row) => full() || !row.full)
