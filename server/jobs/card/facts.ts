import type { JobConfig } from '../../../shared/jobs/config.ts'
import type { Manifest } from '../../../shared/jobs/manifest.ts'
import type { JobRecord, VersionRecord } from '../../storage/records.ts'

/** What a card is written from. */
export interface CardFacts {
  readonly job: Omit<JobRecord, 'config'> & { readonly config: JobConfig }
  readonly manifest: Manifest
  /** The manifest's own sha256. */
  readonly digest: string
  /** Versions 0 to the card's, in order. */
  readonly versions: readonly VersionRecord[]
  /** Different clients whose updates are part of the version. */
  readonly contributors: number
  /** What writes the card: "tributary-fl 0.1.0". */
  readonly software: string
}
