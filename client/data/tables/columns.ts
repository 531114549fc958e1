/** Which of a table's columns are those that the job wants: by their names, or as the participant says. */
import type { DataSchema } from '../../../shared/protocol/data.ts'

/** By the job's columns, which of the table's stands for each; others are looked for by their own names. */
export type Mapping = Readonly<Record<string, string>>

export interface WantedColumn {
  /** What people know it by. */
  readonly name: string
  /** All that it may be called in a table. */
  readonly names: readonly string[]
}

/** What a column with texts, or with their classes, may be called. */
const TEXT: WantedColumn = { name: 'text', names: ['text', 'sentence', 'content', 'review', 'message', 'tweet'] }
const CLASS: WantedColumn = { name: 'label', names: ['label', 'class', 'sentiment', 'category', 'target'] }

/** In the order of the job's, the target last; none of pictures. */
export function wantedColumns(schema: DataSchema): WantedColumn[] {
  switch (schema.kind) {
    case 'images':
      return []
    case 'table':
      return [...schema.columns.map(({ name }) => name), schema.target].map((name) => ({ name, names: [name] }))
    case 'text':
      return schema.classes.length > 0 ? [TEXT, CLASS] : [TEXT]
    default:
      return schema satisfies never
  }
}

/** All names by which a table's columns may be found. */
export function namesOf(wanted: readonly WantedColumn[], mapping: Mapping): string[] {
  return [...wanted.flatMap(({ names }) => names), ...Object.values(mapping)]
}

const plain = (name: string): string => name.trim().toLowerCase()

/**
 * Places of the wanted columns in the table, without regard to case and spaces around a name; -1 where there is none. Of what
 * the participant says that is not in this table, the column's own names are looked for: of several tables each may have others.
 */
export function placesOf(columns: readonly string[], wanted: readonly WantedColumn[], mapping: Mapping): number[] {
  const known = new Map(columns.map((name, i) => [plain(name), i]).reverse() as [string, number][])
  return wanted.map(({ name, names }) => {
    const said = Object.hasOwn(mapping, name) ? [mapping[name] as string] : []
    for (const one of [...said, ...names]) {
      const place = known.get(plain(one))
      if (place !== undefined) return place
    }
    return -1
  })
}

/** Whether the table has no names, and as many columns as are wanted: they are in the job's order then, or it is another table. */
export function isInOrder(columns: readonly string[], wanted: readonly WantedColumn[]): boolean {
  return columns.length === wanted.length && columns.every((name) => /^column \d+$/.test(name))
}
