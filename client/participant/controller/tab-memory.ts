/**
 * What this tab knows of itself through a reload: who it is and whether it was taking part. It lives in sessionStorage,
 * which belongs to the tab; duplicating a tab copies it, so what it says is a claim that the coordinator decides on.
 * Where storage is forbidden, or holds another version's words, a reloaded tab is a new one, which is all that is lost.
 */
import type { Contribution, DataChoice } from '../view.ts'

/** That the tab is taking part, with what kind of data. Absent before it joins and after it has left. */
export interface Joined {
  readonly source: DataChoice['source']
  readonly backend: string
  readonly paused: boolean
}

/** One's part in a job, as it was counted last. */
export interface Part extends Contribution {
  readonly clientId: string
  readonly job: string
  /** The last task that was counted. */
  readonly task: string
}

const KEYS = {
  token: 'tributary.token',
  joined: 'tributary.joined',
  part: 'tributary.part',
  renewed: 'tributary.renewed',
}

export class TabMemory {
  private readonly storage: () => Storage
  /** Stands in for storage that is forbidden, until the page is gone. */
  private readonly ownToken: { value: string | null } = { value: null }

  constructor(storage: () => Storage = () => sessionStorage) {
    this.storage = storage
  }

  get token(): string | null {
    return this.read(KEYS.token) ?? this.ownToken.value
  }

  set token(token: string) {
    this.ownToken.value = token
    this.write(KEYS.token, token)
  }

  get joined(): Joined | null {
    const { source, backend, paused } = this.parse(KEYS.joined)
    if (source !== 'synthetic-digits' && source !== 'partition' && source !== 'files' && source !== 'captured')
      return null
    return { source, backend: typeof backend === 'string' ? backend : 'auto', paused: paused === true }
  }

  set joined(joined: Joined | null) {
    this.write(KEYS.joined, joined && JSON.stringify(joined))
  }

  get part(): Part | null {
    const { clientId, job, task, rounds, bytesUp, bytesDown } = this.parse(KEYS.part)
    if (typeof clientId !== 'string' || typeof job !== 'string' || typeof task !== 'string') return null
    if (!isCount(rounds) || !isCount(bytesUp) || !isCount(bytesDown)) return null
    return { clientId, job, task, rounds, bytesUp, bytesDown }
  }

  set part(part: Part | null) {
    this.write(KEYS.part, part && JSON.stringify(part))
  }

  /** Notes that the page renews itself because of this protocol. False where it has already, or where that cannot be noted. */
  noteRenewal(protocol: number): boolean {
    const before = this.read(KEYS.renewed)
    if (before === String(protocol)) return false
    this.write(KEYS.renewed, String(protocol))
    return this.read(KEYS.renewed) === String(protocol)
  }

  /** The coordinator takes this page: a later renewal is another one. */
  forgetRenewal(): void {
    this.write(KEYS.renewed, null)
  }

  private parse(key: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(this.read(key) ?? '{}')
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
    } catch {
      return {}
    }
  }

  private read(key: string): string | null {
    try {
      return this.storage().getItem(key)
    } catch {
      return null
    }
  }

  private write(key: string, value: string | null): void {
    try {
      if (value === null) this.storage().removeItem(key)
      else this.storage().setItem(key, value)
    } catch {
      // Full or forbidden.
    }
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
