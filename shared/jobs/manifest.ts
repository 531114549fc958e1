import * as z from 'zod/mini'
import { TributaryError } from '../errors/error.ts'
import { TENSOR_ROLES } from '../tensors/layout.ts'

const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/))

/** What a version is: a task names this manifest's sha256. Blobs are named by theirs. */
export const manifestSchema = z.object({
  format: z.literal('tributary-model/1'),
  job: z.string(),
  version: z.int().check(z.nonnegative()),
  /** The manifest of the version before; null for version 0. */
  parent: z.nullable(digest),
  topology: digest,
  layout: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int().check(z.nonnegative())),
      dtype: z.literal('float32'),
      role: z.enum(TENSOR_ROLES),
    }),
  ),
  /** safetensors of the trained and statistic tensors, in the layout's order. */
  params: z.object({ digest, bytes: z.int() }),
  /** safetensors of the frozen tensors; null where there are none. */
  base: z.nullable(z.object({ digest, bytes: z.int() })),
  /** The weights that version 0 was begun with, where a file gave them; null where the seed drew all of them. */
  initial: z._default(
    z.nullable(
      z.object({
        /** The file's name, without its folder. */
        from: z.string(),
        sha256: digest,
        /** Tensors that the file did not give. */
        seeded: z.array(z.string()),
        /** Tensors of the file that the model has no place for. */
        ignored: z.array(z.string()),
      }),
    ),
    null,
  ),
  /** The server optimizer's state; null where it has none. */
  optimizerState: z.nullable(digest),
})
export type Manifest = z.infer<typeof manifestSchema>

/** Throws 'model/corrupt' where these are not a manifest's fields. */
export function parseManifest(json: unknown): Manifest {
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TributaryError(
    'model/corrupt',
    `This is not the manifest of a model: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}. The page and the coordinator may be of different versions: reload the page.`,
  )
}
