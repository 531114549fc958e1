/** A version of the store as files, without a coordinator. */
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command, Option } from 'commander'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { Cards } from '../jobs/card/cards.ts'
import { VersionFiles } from '../jobs/model-files.ts'
import { VersionStore } from '../jobs/versions.ts'
import { openStore, type Store } from '../storage/open.ts'
import type { VersionRecord } from '../storage/records.ts'
import { wholeNumber } from './options.ts'
import { projectRelease } from './paths.ts'

const FORMATS = ['safetensors', 'tfjs', 'card'] as const

interface ExportFlags {
  readonly store: string
  readonly job?: string
  readonly version?: number
  readonly format: (typeof FORMATS)[number]
  readonly out: string
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write a version of the store as files; the coordinator that uses the store must have ended')
    .option('--store <folder>', 'where versions and records are kept', './.tributary')
    .option('--job <id>', 'the job (default: the store’s latest)')
    .option('--version <number>', 'the version (default: the latest)', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .addOption(
      new Option(
        '--format <name>',
        'safetensors: one file; tfjs: a folder with model.json; card: Markdown, or JSON where --out ends in .json',
      )
        .choices(FORMATS)
        .default('safetensors'),
    )
    .requiredOption('--out <path>', 'the file or folder to write')
    .action(async (flags: ExportFlags) => {
      const store = await openStore(flags.store)
      try {
        const version = await versionOf(store, flags)
        await write(store, version, flags)
        process.stdout.write(`Version ${version.version} of ${version.job} is in ${flags.out}.\n`)
      } finally {
        await store.records.close()
      }
    })
}

async function versionOf({ records }: Store, { store, job: id, version: wanted }: ExportFlags): Promise<VersionRecord> {
  const job = id === undefined ? await records.latestJob() : await records.job(id)
  if (!job) {
    const what = id === undefined ? 'no job' : `no job ${id}`
    throw new TributaryError('server/option', `The store ${store} has ${what}. Name another with --job or --store.`)
  }
  const versions = await records.versions(job.id)
  const version = wanted === undefined ? versions.at(-1) : versions.find((v) => v.version === wanted)
  if (version?.kept) return version
  const kept = versions.filter((v) => v.kept).map((v) => v.version)
  throw new TributaryError(
    'server/option',
    `The store ${store} does not have the files of version ${wanted} of ${job.id}. It has those of ${kept.join(', ')}.`,
  )
}

async function write(
  { records, blobs }: Store,
  { digest }: VersionRecord,
  { format, out }: ExportFlags,
): Promise<void> {
  const versions = new VersionStore(blobs)
  const files = new VersionFiles(blobs, versions)
  try {
    await mkdir(format === 'tfjs' ? out : dirname(out), { recursive: true })
    switch (format) {
      case 'safetensors':
        return await save(out, await files.safetensors(digest))
      case 'tfjs':
        for (const name of await files.tfjsShards(digest))
          await save(join(out, name), await files.tfjsShard(digest, name))
        // Last: whoever finds it finds the weights, too.
        return await writeFile(join(out, 'model.json'), JSON.stringify(await files.tfjsModel(digest)))
      case 'card': {
        const cards = new Cards(records, versions, projectRelease())
        const asJson = out.endsWith('.json')
        return await writeFile(
          out,
          asJson ? `${JSON.stringify(await cards.card(digest), null, 2)}\n` : await cards.markdown(digest),
        )
      }
      default:
        return format satisfies never
    }
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause
    throw new TributaryError('server/option', `${out} cannot be written: ${errorInfo(cause).message}.`, { cause })
  }
}

function save(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  return pipeline(Readable.from(pieces), createWriteStream(path))
}
