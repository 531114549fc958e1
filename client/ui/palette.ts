/** Okabe and Ito's colour-blind-safe hues, then lighter and darker steps of them: one per client, steady everywhere. */
const CLIENT_COLOURS = [
  '#e69f00',
  '#56b4e9',
  '#009e73',
  '#d9c916',
  '#0072b2',
  '#d55e00',
  '#cc79a7',
  '#8a8f98',
  '#b37b00',
  '#8fd0f5',
  '#33c59a',
  '#9c8f00',
  '#4f9fd4',
  '#f28e4b',
  '#a3517f',
  '#5f6670',
] as const

/** The colour of the client with this ordinal (from 1). */
export function clientColour(ordinal: number): string {
  return CLIENT_COLOURS[(ordinal - 1) % CLIENT_COLOURS.length] ?? '#8a8f98'
}
