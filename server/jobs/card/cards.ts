import { TributaryError } from '../../../shared/errors/error.ts'
import { parseJobConfig } from '../../../shared/jobs/config.ts'
import type { RecordStore } from '../../storage/records.ts'
import type { VersionStore } from '../versions.ts'
import { type ModelCard, modelCard } from './card.ts'
import { cardMarkdown } from './markdown.ts'

/** Model cards of versions. A version's card changes while its scores come in, and as its job goes on. */
export class Cards {
  private readonly records: RecordStore
  private readonly versions: VersionStore
  private readonly software: string

  constructor(records: RecordStore, versions: VersionStore, software: string) {
    this.records = records
    this.versions = versions
    this.software = software
  }

  /** Throws 'model/unknown' where no version has this manifest, or its files are not kept. */
  async card(digest: string): Promise<ModelCard> {
    const version = await this.records.versionByDigest(digest)
    const job = version && (await this.records.job(version.job))
    if (!version || !job) {
      throw new TributaryError(
        'model/unknown',
        `No version has the manifest ${digest}. The dashboard lists the versions that there are.`,
      )
    }
    const [manifest, versions, contributors] = await Promise.all([
      this.versions.manifest(digest),
      this.records.versions(job.id),
      this.records.contributors(job.id, version.version),
    ])
    const config = parseJobConfig(job.config, 'The job in the store')
    return modelCard({
      job: { ...job, config },
      manifest,
      digest,
      versions: versions.filter((v) => v.version <= version.version),
      contributors,
      software: this.software,
    })
  }

  async markdown(digest: string): Promise<string> {
    return cardMarkdown(await this.card(digest))
  }
}
