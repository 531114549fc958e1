/** What follows from a job's data schema for its model and its examples. */
import type { Column, DataSchema, ImageSchema, JobData } from '../protocol/data.ts'
import { type ImageDataset, type ImageShape, imageDataset, type Scale } from './dataset.ts'

/** What a model is given of an example. */
export interface InputShape {
  /** Images: [height, width, channels]; tables: [values]; text: [tokens]. */
  readonly shape: readonly number[]
  /** Where the values are whole numbers that stand for something: how many there are. Otherwise null. */
  readonly tokens: number | null
}

export function inputOf(schema: DataSchema): InputShape {
  switch (schema.kind) {
    case 'images':
      return { shape: [schema.height, schema.width, schema.channels], tokens: null }
    case 'table':
      return { shape: [schema.columns.reduce((n, column) => n + columnWidth(column), 0)], tokens: null }
    case 'text':
      return { shape: [schema.length], tokens: schema.vocabulary.length + 1 }
    default:
      return schema satisfies never
  }
}

/** Values that the model is given of a column. */
export function columnWidth(column: Column): number {
  return 'values' in column ? column.values.length : 1
}

/** Stands for what is not in a vocabulary. */
export const UNKNOWN = '□'
const VISIBLE: Readonly<Record<string, string>> = { ' ': '␣', '\n': '↵', '\t': '⇥' }

/** What the model shall tell apart, by name; none where it answers a number. */
export function classesOf(schema: JobData): readonly string[] {
  if (schema.kind !== 'text' || schema.classes.length > 0) return schema.classes
  return [UNKNOWN, ...schema.vocabulary.map((token) => VISIBLE[token] ?? token)]
}

/** What the model answers: one of so many classes, or so many numbers. */
export function targetsOf(schema: JobData): { readonly classes: number } | { readonly outputs: number } {
  if (schema.classes.length > 0) return { classes: schema.classes.length }
  return schema.kind === 'text' ? { classes: schema.vocabulary.length + 1 } : { outputs: 1 }
}

/** From pixels, 0 to 255, to what the model is given. */
export function scaleOf({ normalise }: ImageSchema): Scale {
  return { mean: normalise.mean.map((m) => m * 255), std: normalise.std.map((s) => s * 255) }
}

export function imageShape(schema: ImageSchema): ImageShape {
  return { ...schema, classes: schema.classes.length }
}

/** Pictures of the schema, as the model is given them. */
export function imagesOf(schema: ImageSchema, pixels: Uint8Array, labels: Uint8Array): ImageDataset {
  return imageDataset(imageShape(schema), pixels, labels, scaleOf(schema))
}

/** In a few words: "grey pictures of 28 × 28". */
export function describe(schema: JobData): string {
  switch (schema.kind) {
    case 'images': {
      const colour = ['', 'grey', 'grey, see-through', 'colour', 'colour, see-through'][schema.channels]
      return `${colour} pictures of ${schema.width} × ${schema.height}`
    }
    case 'table':
      return `rows of ${schema.columns.length} columns`
    case 'text':
      return schema.classes.length > 0 ? 'texts' : `stretches of ${schema.length} ${schema.tokens}`
    case 'own':
      return schema.description || 'examples of a program’s own'
    default:
      return schema satisfies never
  }
}

/** Whether its examples look as the built-in digits do, and as MNIST. */
export function isOfDigits(schema: JobData): schema is ImageSchema {
  if (schema.kind !== 'images') return false
  const { width, height, channels, classes } = schema
  return width === 28 && height === 28 && channels === 1 && classes.length === 10
}
