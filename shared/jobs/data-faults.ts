/** What is wrong with a data schema, beyond what its fields may be one by one. */
import type { JobData } from '../protocol/data.ts'

export interface DataFault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export function faultsOf(data: JobData): DataFault[] {
  const faults: DataFault[] = []
  const distinct = (path: DataFault['path'], names: readonly string[]) => {
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined) faults.push({ path, message: `names ${JSON.stringify(twice)} twice` })
  }
  distinct(['classes'], data.classes)
  if (data.classes.length === 1) faults.push({ path: ['classes'], message: 'needs two or more, or none' })
  switch (data.kind) {
    case 'images':
      for (const part of ['mean', 'std'] as const) {
        const { length } = data.normalise[part]
        if (length === 1 || length === data.channels) continue
        const message = `has ${length} numbers; it needs one, or one for each of the ${data.channels} channels`
        faults.push({ path: ['normalise', part], message })
      }
      data.augment.forEach((step, i) => {
        const least = Math.min(data.width, data.height)
        if (!('pixels' in step) || step.pixels < least) return
        const message = `is ${step.pixels}, and the pictures are ${data.width} × ${data.height}: nothing would be left of some; give less than ${least}`
        faults.push({ path: ['augment', i, 'pixels'], message })
      })
      return faults
    case 'table':
      distinct(
        ['columns'],
        data.columns.map(({ name }) => name.trim().toLowerCase()),
      )
      data.columns.forEach((column, i) => {
        if ('values' in column) distinct(['columns', i, 'values'], column.values)
        if (column.name.trim().toLowerCase() === data.target.trim().toLowerCase())
          faults.push({ path: ['target'], message: `is the column ${column.name}, which the model is given` })
      })
      return faults
    case 'text': {
      if (data.vocabulary.length === 0) faults.push({ path: ['vocabulary'], message: 'is empty' })
      distinctWords(data.vocabulary, faults)
      const capital = data.tokens === 'words' && data.vocabulary.find((word) => word !== word.toLowerCase())
      if (capital) faults.push({ path: ['vocabulary'], message: `has ${capital}; words are in lower case` })
      return faults
    }
    case 'own':
      return faults
    default:
      return data satisfies never
  }
}

/** There may be many. */
function distinctWords(words: readonly string[], faults: DataFault[]): void {
  const seen = new Set<string>()
  for (const word of words) {
    if (seen.has(word)) {
      faults.push({ path: ['vocabulary'], message: `names ${JSON.stringify(word)} twice` })
      return
    }
    seen.add(word)
  }
}
