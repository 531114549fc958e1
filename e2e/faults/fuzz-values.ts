/** Values that no honest client sends, in any field. */
import type { Random } from '../../shared/random/random.ts'
import { Verbatim } from './fuzz-frame.ts'

const DEEP = 10_000

/** Objects with keys that mean something to JavaScript; JSON makes them own keys. */
const PROTOTYPES = [
  '{"__proto__":{"ok":true,"taskId":"x","available":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"valueOf":2,"hasOwnProperty":3,"then":4,"length":1e9}',
  '{"toJSON":"x","safeParse":null,"_zod":{}}',
]

const VALUES: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e18,
  () => Number.MAX_VALUE,
  () => Number.MIN_VALUE,
  () => 2 ** 53,
  () => 2 ** 53 + 2,
  () => -(2 ** 31),
  () => 2 ** 32,
  // JSON has no word for them, but its numbers overflow, underflow and have a sign without a value.
  () => new Verbatim('1e999'),
  () => new Verbatim('-1e999'),
  () => new Verbatim('1e-999'),
  () => new Verbatim('-0'),
  () => new Verbatim(`1${'0'.repeat(400)}.5`),
  () => '',
  () => ' ',
  () => 'NaN',
  () => 'x'.repeat(101),
  () => 'x'.repeat(501),
  () => 'x'.repeat(10_000),
  () => '\u0000',
  () => new Verbatim('"\\ud800"'),
  () => '👩‍👩‍👧‍👦'.repeat(30),
  () => '__proto__',
  () => 'constructor',
  () => '../../../../etc/passwd',
  () => "'; DROP TABLE jobs; --",
  () => '%s%n%d {{7*7}} <script>alert(1)</script>',
  () => [],
  () => [[], {}, null],
  () => Array.from({ length: 1000 }, (_, i) => i),
  () => ({}),
  () => ({ length: 1e9 }),
  () => new Verbatim('['.repeat(DEEP) + ']'.repeat(DEEP)),
  () => new Verbatim(`${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`),
  () => ({ _placeholder: true, num: 0 }),
  () => ({ _placeholder: true, num: 1e9 }),
  () => new Uint8Array(0),
  () => new Uint8Array(33),
  ...PROTOTYPES.map((json) => () => new Verbatim(json)),
]

/** Of a megabyte: seldom, they cost the sender as much. */
const HUGE: readonly (() => unknown)[] = [
  () => 'x'.repeat(1_000_000),
  () => new Verbatim(`[${'0,'.repeat(400_000)}0]`),
  () => new Verbatim('['.repeat(500_000) + ']'.repeat(500_000)),
  () => new Verbatim(`{${Array.from({ length: 50_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`),
]

export function hostileValue(draws: Random): unknown {
  return pick(draws, draws.int(300) === 0 ? HUGE : VALUES)()
}

export function pick<T>(draws: Random, from: readonly T[]): T {
  return from[draws.int(from.length)] as T
}

export function hex(draws: Random, digits: number): string {
  return Array.from({ length: digits }, () => draws.int(16).toString(16)).join('')
}
