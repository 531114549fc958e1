/** Names in a sentence, no more than so many: "a, b and 5 more". */
export function listedUpTo(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : ''
  return `${names.slice(0, most).join(', ')}${more}`
}
