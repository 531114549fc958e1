/** A job's model, as its file names it: what it is, what it begins with, and what of it is not trained. */
import * as z from 'zod'
import { errorInfo } from '../errors/error.ts'
import { PRESET_NAMES } from './presets/presets.ts'
import { readTopology } from './topology/read.ts'

/** Only whoever can read the job file's folder resolves names of files: see server/cli/job-file.ts. */
const NO_FILES = 'names a file; that is for job files, which are read with --job FILE'

const topologySchema = z
  .record(z.string(), z.unknown(), {
    error: ({ input }) => (typeof input === 'string' ? NO_FILES : 'takes the model’s Keras or tfjs JSON, an object'),
  })
  .transform((json, context) => {
    try {
      return readTopology(json)
    } catch (thrown) {
      const message = errorInfo(thrown)
        .message.replace(/^The topology /, '')
        .replace(/\.$/, '')
      context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
  })

const weightsSchema = z.strictObject(
  {
    /** The file's name, as the job file has it. */
    from: z.string().min(1).max(1000),
    /** What was read under that name: see server/data/weights. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'takes 64 hexadecimal digits' }),
    /** Whether the file may lack tensors, which the seed then draws, and have others, which are left. */
    partial: z.boolean().default(false),
  },
  { error: ({ input }) => (typeof input === 'string' ? NO_FILES : undefined) },
)

/** Tensors by name, for programs whose model is none of layers: each with its shape. They begin as 0 where no weights are given. */
const tensorsSchema = z
  .record(z.string().min(1).max(200), z.array(z.int().min(1).max(100_000_000)).max(8))
  .refine((tensors) => Object.keys(tensors).length > 0, { error: 'names no tensor, so there is nothing to train' })

const EITHER = `it takes {"preset": NAME}, NAME being ${PRESET_NAMES.join(' or ')}, or {"topology": the model’s Keras/tfjs JSON}, or {"tensors": {NAME: [SHAPE]}}`

export const modelSchema = z
  .strictObject(
    {
      preset: z
        .enum(PRESET_NAMES, { error: `there is none of that name; there are ${PRESET_NAMES.join(', ')}` })
        .optional(),
      topology: topologySchema.optional(),
      tensors: tensorsSchema.optional(),
      /** What version 0 begins with; null: with what the seed draws. */
      weights: weightsSchema.nullable().default(null),
      /** Names of layers that are not trained; * stands for any letters. */
      frozen: z.array(z.string().min(1).max(200)).max(500).default([]),
    },
    { error: ({ code }) => (code === 'invalid_type' ? EITHER : undefined) },
  )
  .transform(({ preset, topology, tensors, ...beside }, context) => {
    const given = [preset, topology, tensors].filter((model) => model !== undefined).length
    if (given === 1 && preset !== undefined) return { preset, ...beside }
    if (given === 1 && topology !== undefined) return { topology, ...beside }
    if (given === 1 && tensors !== undefined) {
      if (beside.frozen.length === 0) return { tensors, ...beside }
      context.addIssue({ code: 'custom', path: ['frozen'], message: 'names layers, and tensors have none' })
      return z.NEVER
    }
    context.addIssue({ code: 'custom', message: EITHER })
    return z.NEVER
  })
