import type { SecretKeeper } from '../access/tokens.ts'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

const DAYS = 825

/** A self-signed certificate for these host names and addresses, kept so that a browser has to be told once only. */
export async function makeCertificate(names: readonly string[], keeper: SecretKeeper): Promise<Certificate> {
  const setting = `certificate ${[...names].sort().join(' ')}`
  const known = await keeper.getSetting(setting)
  if (known) {
    const kept = JSON.parse(known) as Certificate & { notAfter: number }
    if (kept.notAfter > Date.now()) return kept
  }
  const notAfterDate = new Date(Date.now() + DAYS * 86_400_000)
  // 3 MB of heap that a coordinator without https does not need.
  const { generate } = await import('selfsigned')
  const made = await generate([{ name: 'commonName', value: 'Tributary' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: names.map(alternative) },
    ],
  })
  const certificate: Certificate = { cert: made.cert, key: made.private }
  await keeper.putSetting(setting, JSON.stringify({ ...certificate, notAfter: notAfterDate.getTime() }))
  return certificate
}

/** X.509's general names: 7 is an IP address, 2 a DNS name. */
function alternative(name: string) {
  return /^[\d.]+$|:/.test(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name }
}
