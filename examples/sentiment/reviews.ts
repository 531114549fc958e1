/**
 * Short reviews of three kinds of shop, put together from phrases: nobody's. Each shop's customers have words of their own for what
 * is good and bad, and words that all use.
 */
import { random } from '../../shared/random/random.ts'

export const SHOPS = ['books', 'food', 'phones'] as const

export type Shop = (typeof SHOPS)[number]

interface Words {
  readonly things: readonly string[]
  readonly good: readonly string[]
  readonly bad: readonly string[]
}

const WORDS: Readonly<Record<Shop, Words>> = {
  books: {
    things: ['story', 'plot', 'hero', 'ending', 'chapter'],
    good: ['gripping', 'moving', 'clever', 'vivid'],
    bad: ['boring', 'shallow', 'predictable', 'endless'],
  },
  food: {
    things: ['soup', 'waiter', 'dessert', 'bread', 'sauce'],
    good: ['delicious', 'fresh', 'tasty', 'crisp'],
    bad: ['cold', 'salty', 'stale', 'burnt'],
  },
  phones: {
    things: ['battery', 'screen', 'camera', 'charger', 'speaker'],
    good: ['bright', 'fast', 'sturdy', 'sharp'],
    bad: ['slow', 'cracked', 'faulty', 'dim'],
  },
}
const SHARED = { good: ['great', 'lovely', 'perfect'], bad: ['awful', 'poor', 'terrible'] } as const
const OPENINGS = ['honestly', 'well', 'i think', 'we found', 'after a week'] as const
const VERBS = ['was', 'is', 'seems', 'felt'] as const
/** Of the words that judge, those that all shops' customers use. */
const SHARED_SHARE = 0.25

/** Every word there is, in a fixed order: the job's vocabulary. */
export function vocabulary(): string[] {
  const all = [
    ...OPENINGS.flatMap((words) => words.split(' ')),
    ...VERBS,
    ...SHARED.good,
    ...SHARED.bad,
    'the',
    'and',
    'not',
    'very',
  ]
  for (const { things, good, bad } of Object.values(WORDS)) all.push(...things, ...good, ...bad)
  return [...new Set(all)]
}

/** Rows of JSON: {shop, text, label}. */
export function reviewsOf(seed: number, shop: Shop, count: number): string[] {
  const draw = random(seed, 'reviews', shop)
  const one = <T>(list: readonly T[]) => list[draw.int(list.length)] as T
  const { things, good, bad } = WORDS[shop]
  return Array.from({ length: count }, () => {
    const label = draw.next() < 0.5 ? 'good' : 'bad'
    const part = () => {
      // "not bad" is good.
      const turned = draw.next() < 0.2
      const isGood = (label === 'good') !== turned
      const shared = draw.next() < SHARED_SHARE
      const word = one(shared ? SHARED[isGood ? 'good' : 'bad'] : isGood ? good : bad)
      return `the ${one(things)} ${one(VERBS)} ${turned ? 'not ' : draw.next() < 0.3 ? 'very ' : ''}${word}`
    }
    const text = `${one(OPENINGS)} ${part()}${draw.next() < 0.6 ? ` and ${part()}` : ''}`
    return JSON.stringify({ shop, text, label })
  })
}
