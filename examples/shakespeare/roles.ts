/** A play in plain text as a table of who says what. */
import { TributaryError } from '../../shared/errors/error.ts'

export interface Role {
  readonly role: string
  /** All that they say, a line each. */
  readonly text: string
}

/** Speeches begin with a name and a colon on a line of its own, and end at an empty line. Throws 'data/malformed' where there are none. */
export function rolesOf(play: string, name: string): Role[] {
  const said = new Map<string, string[]>()
  for (const speech of play.replaceAll('\r\n', '\n').split(/\n\s*\n/)) {
    const [head = '', ...lines] = speech.trim().split('\n')
    const role = /^([^:]{1,60}):$/.exec(head.trim())?.[1]
    if (!role || lines.length === 0) continue
    said.set(role, [...(said.get(role) ?? []), ...lines])
  }
  if (said.size === 0)
    throw new TributaryError(
      'data/malformed',
      `${name} has no speeches: each is a line with a name and a colon, such as “Juliet:”, then what is said, then an empty line.`,
    )
  return [...said].map(([role, lines]) => ({ role, text: `${lines.join('\n')}\n` }))
}

/** Those who say most, with the last part of what they say set apart to test with. */
export function splitRoles(roles: readonly Role[], most: number, testShare: number): { train: Role[]; test: Role[] } {
  const chosen = [...roles].sort((a, b) => b.text.length - a.text.length).slice(0, most)
  const cut = ({ text }: Role) => Math.floor(text.length * (1 - testShare))
  return {
    train: chosen.map((one) => ({ ...one, text: one.text.slice(0, cut(one)) })),
    test: chosen.map((one) => ({ ...one, text: one.text.slice(cut(one)) })),
  }
}
