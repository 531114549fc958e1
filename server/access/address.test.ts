import { describe, expect, it } from 'vitest'
import { clientAddress, placeOf } from './address.ts'

describe('clientAddress', () => {
  it('believes no header unless a proxy is trusted', () => {
    expect(clientAddress('10.0.0.1', '1.2.3.4', 0)).toBe('10.0.0.1')
    expect(clientAddress(undefined, '1.2.3.4', 0)).toBe('unknown')
  })

  it('reads as deep from the end as there are trusted proxies: what a client wrote itself stands before', () => {
    expect(clientAddress('10.0.0.1', 'forged, 1.2.3.4', 1)).toBe('1.2.3.4')
    expect(clientAddress('10.0.0.1', 'forged, 1.2.3.4, 10.0.0.2', 2)).toBe('1.2.3.4')
    expect(clientAddress('10.0.0.1', ['forged', '1.2.3.4'], 1)).toBe('1.2.3.4')
    expect(clientAddress('10.0.0.1', undefined, 1)).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', ' , ', 1)).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', 'x'.repeat(10_000), 1)).toHaveLength(64)
  })
})

describe('placeOf', () => {
  it.each([
    ['192.168.1.7', '192.168.1.7'],
    ['::ffff:192.168.1.7', '192.168.1.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1:2', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('takes %s for %s', (address, place) => {
    expect(placeOf(address)).toBe(place)
  })
})
