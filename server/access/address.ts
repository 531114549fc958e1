/** Where a request comes from, and whom limits take for one place. */
import { isIPv6 } from 'node:net'

/**
 * The address of the client. `X-Forwarded-For` is whatever the client writes, but for the last entries: each proxy of
 * one's own appends the address that it saw. So it is read from its end, as many entries deep as there are such
 * proxies (`trustedProxies`); with none of them it is not read at all.
 */
export function clientAddress(
  remote: string | undefined,
  forwardedFor: string | string[] | undefined,
  trustedProxies: number,
): string {
  const seen = String(forwardedFor ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  const behind = trustedProxies > 0 ? seen.slice(-trustedProxies)[0] : undefined
  return (behind ?? remote ?? 'unknown').slice(0, MAX_LENGTH)
}

/** An IPv6 address with a zone is no longer than this. */
const MAX_LENGTH = 64

/**
 * What limits count by: an IPv4 address, or an IPv6 network of 64 bits, since one host commonly has as many addresses
 * as that.
 */
export function placeOf(address: string): string {
  const [bare = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  if (mapped) return mapped
  if (!isIPv6(bare)) return bare
  const [head = '', tail] = bare.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
