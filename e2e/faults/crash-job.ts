/** The job whose coordinators are killed, and what it comes to when nobody kills them. */
import type { JobConfigInput } from '../../shared/jobs/config.ts'
import { mlp } from '../../shared/jobs/models.ts'
import { digitsJob } from '../../shared/jobs/templates.ts'
import { CHUNK_BYTES } from '../../shared/protocol/version.ts'
import { counts } from '../../shared/testing.ts'

/** Rounds and clients are few at reduced counts; the updates are as large, and the same instants are met. */
export const COUNTS = counts({
  reduced: { clients: 3, rounds: 2, walks: 1, kills: 4 },
  full: { clients: 4, rounds: 3, walks: 10, kills: 12 },
})

/** The round in which coordinators are killed; another one comes after it. */
export const ROUND = COUNTS.rounds - 1

/** 159,010 parameters: an update of three chunks. */
const PARAMETERS = 784 * 200 + 200 + 200 * 10 + 10
export const UPDATE_CHUNKS = Math.ceil((PARAMETERS * 4) / CHUNK_BYTES)

/** All clients take part in each round and nobody is ever too late, so that every run must end with the same model. */
export const JOB: JobConfigInput = {
  ...digitsJob,
  name: 'To be killed',
  model: { topology: { ...mlp(784, [200], 10) } },
  demoData: { source: 'none' },
  rounds: COUNTS.rounds,
  minClients: COUNTS.clients,
  validationSplit: 0.1,
  deadlineSeconds: 3600,
  graceSeconds: 60,
}

/** With test data of the coordinator's own. Its versions are the same. */
export const TESTED_JOB: JobConfigInput = { ...JOB, demoData: { source: 'synthetic-digits' } }
