/** `ms`, give or take a fifth: many who were told the same time do not come at the same moment. */
export function jittered(ms: number): number {
  return ms * (0.8 + 0.4 * Math.random())
}
