/** Simulated clients in processes of their own, so that what they cost is not the coordinator's. */
import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'

export type CrowdQuestion =
  | {
      readonly does: 'join'
      readonly url: string
      readonly count: number
      /** Whether they say hello: to a bare server they only connect. */
      readonly hello: boolean
    }
  | { readonly does: 'answer'; readonly round: number; readonly layout: string; readonly elements: number }
  | { readonly does: 'look' }

export interface CrowdAnswer {
  readonly part?: PartOfRound
  readonly failed?: number
  readonly fault?: string
}

/** A round as its clients saw it, in milliseconds of the machine's clock. */
export interface PartOfRound {
  /** When the last commit was sent. */
  readonly committedAt: number
  /** When each client learned that its update is part of a durable version. */
  readonly settledAt: readonly number[]
  /** When each client had the job's new version. */
  readonly toldAt: readonly number[]
}

const PARTS = 2

export class Crowd {
  private readonly children: readonly Child[]

  constructor() {
    const script = fileURLToPath(new URL('crowd-child.ts', import.meta.url))
    this.children = Array.from({ length: PARTS }, () => new Child(['--import', 'tsx', script]))
  }

  async join(url: string, count: number, hello = true): Promise<void> {
    await this.all((k) => ({ does: 'join', url, hello, count: Math.floor((count + k) / PARTS) }))
  }

  /** Plays a round: `begin` is called once all clients listen for their tasks. */
  async play(round: number, layout: string, elements: number, begin: () => Promise<unknown>): Promise<PartOfRound> {
    await this.all(() => ({ does: 'answer', round, layout, elements }))
    const parts = Promise.all(this.children.map((child) => child.message<CrowdAnswer>()))
    await begin()
    const rounds = (await parts).map((answer) => checked(answer).part as PartOfRound)
    return {
      committedAt: Math.max(...rounds.map((part) => part.committedAt)),
      settledAt: rounds.flatMap((part) => part.settledAt),
      toldAt: rounds.flatMap((part) => part.toldAt),
    }
  }

  /** Clients that could not join, or whose connection has ended. */
  async failed(): Promise<number> {
    const answers = await this.all(() => ({ does: 'look' }))
    return answers.reduce((sum, { failed = 0 }) => sum + failed, 0)
  }

  async end(): Promise<void> {
    await Promise.all(this.children.map((child) => child.end()))
  }

  private async all(question: (part: number) => CrowdQuestion): Promise<CrowdAnswer[]> {
    return (await Promise.all(this.children.map((child, k) => child.ask<CrowdAnswer>(question(k))))).map(checked)
  }
}

function checked(answer: CrowdAnswer): CrowdAnswer {
  if (answer.fault !== undefined) throw new Error(answer.fault)
  return answer
}
