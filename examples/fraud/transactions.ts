/**
 * Card transactions of several banks, made up: nobody's. About three in a hundred are fraud, of four kinds, and each bank has
 * met mostly one of them.
 */
import { random } from '../../shared/random/random.ts'

export const BANKS = ['North', 'East', 'South', 'West'] as const

const MERCHANTS = ['groceries', 'fuel', 'electronics', 'travel', 'games'] as const
const FRAUD_SHARE = 0.03
/** Of a bank's frauds, those of its own kind. */
const OWN_KIND = 0.94

interface Transaction {
  readonly amount: number
  readonly hour: number
  readonly kilometres: number
  readonly tries: number
  readonly age: number
  readonly merchant: (typeof MERCHANTS)[number]
}

type Draw = ReturnType<typeof random>

const positive = (draw: Draw, mean: number) => -mean * Math.log(1 - draw.next())
const whole = (draw: Draw, from: number, to: number) => from + draw.int(to - from + 1)

function honest(draw: Draw): Transaction {
  return {
    amount: 3 + positive(draw, 60),
    hour: Math.min(23, Math.max(0, Math.round(14 + 4 * draw.normal()))),
    kilometres: positive(draw, draw.next() < 0.05 ? 200 : 12),
    tries: draw.next() < 0.9 ? 1 : whole(draw, 2, 3),
    age: whole(draw, 30, 2000),
    merchant: MERCHANTS[draw.int(MERCHANTS.length)] as Transaction['merchant'],
  }
}

/** By the bank that meets most of it. */
const FRAUDS: readonly ((draw: Draw) => Partial<Transaction>)[] = [
  // Goods that sell well, far from home at night.
  (draw) => ({ merchant: 'electronics', hour: whole(draw, 0, 5), kilometres: 80 + positive(draw, 150) }),
  // Numbers of cards that are tried out with small amounts.
  (draw) => ({ merchant: 'games', amount: 1 + 4 * draw.next(), tries: whole(draw, 5, 12) }),
  // Accounts that were opened for it.
  (draw) => ({ merchant: 'travel', age: whole(draw, 0, 20), amount: 250 + positive(draw, 300) }),
  // A stolen card at every pump of the country.
  (draw) => ({ merchant: 'fuel', kilometres: 150 + positive(draw, 200), tries: whole(draw, 3, 6) }),
]

/** A table in CSV. `bank`: a number of BANKS; null: what all of them meet, in equal parts. */
export function transactionsOf(seed: number, bank: number | null, count: number): string[] {
  const draw = random(seed, 'transactions', bank ?? 'all')
  return Array.from({ length: count }, () => {
    const isFraud = draw.next() < FRAUD_SHARE
    const kind = bank !== null && draw.next() < OWN_KIND ? bank : draw.int(FRAUDS.length)
    const one = { ...honest(draw), ...(isFraud ? FRAUDS[kind]?.(draw) : {}) }
    const numbers = [one.amount.toFixed(2), one.hour, one.kilometres.toFixed(1), one.tries, one.age]
    return [bank === null ? 'any' : BANKS[bank], ...numbers, one.merchant, isFraud ? 'yes' : 'no'].join(',')
  })
}

export function csv(rows: readonly string[]): string {
  const header = 'bank,amount,hour,kilometres from home,tries in the last hour,account age in days,merchant,fraud'
  return `${[header, ...rows].join('\n')}\n`
}
