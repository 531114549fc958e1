/** What a job's examples are: what is read, what the model is given of it, and what it shall answer. */
import * as z from 'zod/mini'

const name = z.string().check(z.minLength(1), z.maxLength(80))
const className = z.string().check(z.minLength(1), z.maxLength(40))
const number = z.number().check(z.minimum(-1e15), z.maximum(1e15))
const spread = z.number().check(z.gt(0), z.maximum(1e15))
const dimension = z.int().check(z.minimum(1), z.maximum(1024))

const pixels = z.int().check(z.minimum(1), z.maximum(1024))
/** Of the way from paper to full ink. */
const part = z.number().check(z.gt(0), z.maximum(1))

/** What training does to a picture by chance, so that it is another in each epoch. */
const augmentation = z.discriminatedUnion('kind', [
  /** Left and right change places, of every second one. */
  z.strictObject({ kind: z.literal('flip') }),
  /** By up to so many pixels, to each side. */
  z.strictObject({ kind: z.literal('shift'), pixels }),
  /** By up to so many degrees, to each side. */
  z.strictObject({ kind: z.literal('rotate'), degrees: z.number().check(z.gt(0), z.maximum(180)) }),
  /** So much is added or taken away at most. */
  z.strictObject({ kind: z.literal('brightness'), by: part }),
  /** Differences from the picture's mean are made larger or smaller by this part at most. */
  z.strictObject({ kind: z.literal('contrast'), by: part }),
  /** Of a normal distribution, of each value by itself. */
  z.strictObject({ kind: z.literal('noise'), deviation: part }),
  /** A square of so many pixels is emptied. */
  z.strictObject({ kind: z.literal('cutout'), pixels }),
])

/** Of kinds of data that are not varied: what there is none of is told apart from what is misspelt. */
const unvaried = {
  error: ({ code, keys }: { readonly code?: string; readonly keys?: readonly string[] }) =>
    code === 'unrecognized_keys' && keys?.includes('augment')
      ? 'augment is for images; tables and texts are trained on as they are. Leave it out.'
      : undefined,
}

/** Pictures, each of a class. The model is given (pixel / 255 − mean) / std. */
const imagesSchema = z.strictObject({
  kind: z.literal('images'),
  width: z._default(dimension, 28),
  height: z._default(dimension, 28),
  /** 1 for grey, 3 for colour, 4 for colour and opacity. */
  channels: z._default(z.int().check(z.minimum(1), z.maximum(4)), 1),
  classes: z.array(className).check(z.minLength(2), z.maxLength(256)),
  /**
   * What is done with pictures of other sizes. crop: as large as covers all of it, the middle counts; fit: as large as fits in, with
   * paper around it; stretch: made to fit.
   */
  resize: z._default(z.enum(['crop', 'fit', 'stretch']), 'crop'),
  /** Dark is ink and light is paper, as in what is drawn and written; otherwise light is full and dark is nothing. */
  invert: z._default(z.boolean(), false),
  /** Of the pixels between 0 and 1: one number, or one for each channel. */
  normalise: z._default(
    z.strictObject({
      mean: z.array(number).check(z.minLength(1), z.maxLength(4)),
      std: z.array(spread).check(z.minLength(1), z.maxLength(4)),
    }),
    { mean: [0], std: [1] },
  ),
  /** One after the other, in training alone. */
  augment: z._default(z.array(augmentation).check(z.maxLength(16)), []),
})

/** A column of numbers: the model is given (value − mean) / std. `missing` stands for an empty cell; null: such rows are left out. */
const numberColumn = z.strictObject({
  name,
  mean: z._default(number, 0),
  std: z._default(spread, 1),
  missing: z._default(z.nullable(number), null),
})

/** A column of names: the model is given 1 at the value's place and 0 at all others; at all, where it is none of the values. */
const categoryColumn = z.strictObject({ name, values: z.array(className).check(z.minLength(2), z.maxLength(1000)) })

/** Rows of a table. The target is one of the classes, or a number where there are none. */
const tableSchema = z.strictObject(
  {
    kind: z.literal('table'),
    columns: z.array(z.union([categoryColumn, numberColumn])).check(z.minLength(1), z.maxLength(4096)),
    target: name,
    classes: z._default(z.array(className).check(z.maxLength(256)), []),
  },
  unvaried,
)

/** The letters, digits and signs of English prose, and the line's end. */
export const PROSE =
  '\n !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~'

/**
 * Text, as whole numbers: 0 for what is not in the vocabulary and for nothing at all, then the vocabulary in its order. Where
 * there are classes each text is of one, and its first `length` tokens count; where there are none, each stretch of `length`
 * tokens is an example and the token after it is what the model shall answer.
 */
const textSchema = z.strictObject(
  {
    kind: z.literal('text'),
    tokens: z._default(z.enum(['characters', 'words']), 'characters'),
    /** Words in lower case. */
    vocabulary: z._default(z.array(z.string().check(z.minLength(1), z.maxLength(60))).check(z.maxLength(50_000)), [
      ...PROSE,
    ]),
    length: z._default(z.int().check(z.minimum(1), z.maximum(4096)), 80),
    /** Tokens from one stretch to the next. */
    stride: z._default(z.int().check(z.minimum(1), z.maximum(4096)), 1),
    classes: z._default(z.array(className).check(z.maxLength(256)), []),
  },
  unvaried,
)

/** Examples that only a client's own program knows, which takes part through the Client API. */
const ownSchema = z.strictObject({
  kind: z.literal('own'),
  /** In a few words, for people. */
  description: z._default(z.string().check(z.maxLength(200)), ''),
  classes: z._default(z.array(className).check(z.maxLength(256)), []),
})

/** Examples that the participants' page can read. */
export const dataSchema = z.discriminatedUnion('kind', [imagesSchema, tableSchema, textSchema])
/** A job's examples, of either kind. */
export const jobDataSchema = z.discriminatedUnion('kind', [imagesSchema, tableSchema, textSchema, ownSchema])

export type DataSchema = z.infer<typeof dataSchema>
export type DataSchemaInput = z.input<typeof dataSchema>
export type JobData = z.infer<typeof jobDataSchema>
export type JobDataInput = z.input<typeof jobDataSchema>
export type ImageSchema = z.infer<typeof imagesSchema>
export type TableSchema = z.infer<typeof tableSchema>
export type TextSchema = z.infer<typeof textSchema>
export type Augmentation = z.infer<typeof augmentation>
export type Column = TableSchema['columns'][number]
