import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** The part of the record store that keeps secrets. */
export interface SecretKeeper {
  getSetting(name: string): Promise<string | null>
  putSetting(name: string, value: string): Promise<void>
}

/** The coordinator's secrets: made at its first start, the same ever after. */
export interface Secrets {
  /** Opens the dashboard and its commands. */
  readonly adminToken: string
  /** Signs participants' tokens. */
  readonly signingKey: string
}

export async function loadSecrets(keeper: SecretKeeper): Promise<Secrets> {
  return {
    adminToken: await secret(keeper, 'admin-token', 24),
    signingKey: await secret(keeper, 'signing-key', 32),
  }
}

async function secret(keeper: SecretKeeper, name: string, bytes: number): Promise<string> {
  const known = await keeper.getSetting(name)
  if (known) return known
  const made = randomBytes(bytes).toString('base64url')
  await keeper.putSetting(name, made)
  return made
}

/** A token that proves a client's id: `id.signature`. */
export function signClientId(signingKey: string, clientId: string): string {
  return `${clientId}.${createHmac('sha256', signingKey).update(`client ${clientId}`).digest('base64url')}`
}

/** The client id that the token proves, or null. */
export function verifyClientToken(signingKey: string, token: string): string | null {
  const clientId = token.slice(0, token.lastIndexOf('.'))
  return clientId && sameSecret(token, signClientId(signingKey, clientId)) ? clientId : null
}

/** Compares in a time that tells nothing of where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const left = createHmac('sha256', 'compare').update(a).digest()
  const right = createHmac('sha256', 'compare').update(b).digest()
  return timingSafeEqual(left, right)
}
