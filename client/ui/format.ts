/** Numbers and instants in words, the same on both pages. */

/** 812345 → "812 kB". Decimal units, three significant figures. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = n
  let unit = 'B'
  for (const next of units) {
    if (value < 1000) break
    value /= 1000
    unit = next
  }
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`
}

/** 0.9531 → "95.3 %". */
export function percent(fraction: number, digits = 1): string {
  return `${(fraction * 100).toFixed(digits)} %`
}

const integers = new Intl.NumberFormat('en')

/** 60000 → "60,000". */
export function count(n: number): string {
  return integers.format(Math.round(n))
}

/** 1 → "1 round", 3 → "3 rounds". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** Milliseconds as "0.4 s", "12 s", "3 min 20 s", "2 h 5 min". */
export function duration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const s = Math.round(ms / 1000)
  if (s < 100) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  const minutes = Math.round(s / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** An estimate in milliseconds, no more exact than it is: "a few seconds", "about 40 s", "about 3 min", "about 2 h". */
export function roughly(ms: number): string {
  const s = ms / 1000
  if (s < 7.5) return 'a few seconds'
  if (s < 57.5) return `about ${Math.round(s / 5) * 5} s`
  if (s < 3570) return `about ${Math.round(s / 60)} min`
  return `about ${Math.round(s / 3600)} h`
}

/** An instant relative to now: "now", "12 s ago", "3 min ago". */
export function ago(at: number, now: number): string {
  const ms = now - at
  if (ms < 2000) return 'now'
  // Whole seconds: "4.2 s ago" would be out of date as it is read.
  return ms < 10_000 ? `${Math.round(ms / 1000)} s ago` : `${duration(ms)} ago`
}

const instants = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** An instant exactly, in the reader's own zone and manner: what a relative one shows on hover. */
export function exact(at: number): string {
  return instants.format(at)
}

const clockTimes = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })

/** An instant of today by the clock, to the second. */
export function clock(at: number): string {
  return clockTimes.format(at)
}
