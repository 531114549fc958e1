/** The place of a class by its name: as it is written, or without regard to case where that is one class only. */
export function classPlaces(classes: readonly string[]): (name: string) => number | undefined {
  const exact = new Map(classes.map((name, i) => [name, i]))
  const folded = new Map<string, number>()
  const twice = new Set<string>()
  classes.forEach((name, i) => {
    const plain = name.toLowerCase()
    if (folded.has(plain)) twice.add(plain)
    folded.set(plain, i)
  })
  return (name) => {
    const plain = name.toLowerCase()
    return exact.get(name) ?? (twice.has(plain) ? undefined : folded.get(plain))
  }
}
