import { hostname, networkInterfaces } from 'node:os'

/** This machine's IPv4 addresses that others on its network can reach. */
export function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal)
    .map((address) => address.address)
}

/** The names and addresses that a certificate made for this machine should hold for. */
export function certificateNames(): string[] {
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...lanAddresses()])]
}
