/** The choices made on the page before joining, as signals, and the one DataChoice that follows from them. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { isOfDigits } from '../../../shared/datasets/schema.ts'
import type { PageJob } from '../page-job.ts'
import type { ChosenFile, ColumnQuestion, DataChoice, Mapping } from '../view.ts'
import type { Captured } from './data/captured.ts'
import { recallKeep } from './data/keep-memory.ts'
import { type Kiosk, MAX_WRITER } from './kiosk.ts'
import type { Remembered, Source } from './memory.ts'

export const DEFAULT_EXAMPLES = 600

export interface Setup {
  readonly source: Signal<Source>
  readonly writer: Signal<number>
  readonly examples: Signal<number>
  /** From 1. */
  readonly part: Signal<number>
  readonly files: Signal<readonly ChosenFile[]>
  /** Which of the files' columns stands for which of the job's, where the person has said so. */
  readonly mapping: Signal<Mapping>
  /** What was asked of these files last. */
  readonly question: Signal<ColumnQuestion | null>
  /** Whether what is read of them is kept in this browser. */
  readonly keep: Signal<boolean>
  /** Taken or drawn on the spot, once they are to be used. */
  readonly captured: Signal<readonly Captured[]>
  /** null while something is still to be chosen. */
  readonly choice: ReadonlySignal<DataChoice | null>
  /** What the link asked for and this job cannot give, in sentences. */
  readonly problems: readonly string[]
}

/** Built-in handwriting is of ten digits in grey; a job about something else cannot learn from it. */
export function offersHandwriting(job: PageJob): boolean {
  return isOfDigits(job.data)
}

/** The link comes first, then what the tab remembers, then chance. */
export function createSetup(
  job: PageJob,
  kiosk: Kiosk,
  remembered: Partial<Remembered>,
  random: () => number = Math.random,
): Setup {
  const problems: string[] = []
  const offered: Source[] = [
    ...(job.partitions > 0 ? (['partition'] as const) : []),
    ...(offersHandwriting(job) ? (['synthetic-digits'] as const) : []),
    'files',
  ]
  let asked: Source | null = kiosk.source
  if (asked && !offered.includes(asked)) {
    problems.push(
      asked === 'partition'
        ? 'This link asks for a part of the coordinator’s data, and this job offers none.'
        : 'This link asks for built-in handwriting, and this job is not about digits.',
    )
    asked = null
  }
  let part = kiosk.part ?? remembered.part ?? randomWhole(random, job.partitions)
  if (part > job.partitions && job.partitions > 0) {
    if (kiosk.part !== null) problems.push(`This link asks for part ${part}; this job has ${job.partitions}.`)
    part = randomWhole(random, job.partitions)
  }
  const kept = remembered.source && offered.includes(remembered.source) ? remembered.source : null

  const setup = {
    source: signal<Source>(asked ?? kept ?? offered[0] ?? 'files'),
    writer: signal(kiosk.writer ?? remembered.writer ?? randomWhole(random, MAX_WRITER)),
    examples: signal(kiosk.examples ?? remembered.examples ?? DEFAULT_EXAMPLES),
    part: signal(part),
    files: signal<readonly ChosenFile[]>([]),
    mapping: signal<Mapping>({}),
    question: signal<ColumnQuestion | null>(null),
    keep: signal(recallKeep()),
    captured: signal<readonly Captured[]>([]),
  }
  return { ...setup, problems, choice: computed(() => choiceOf(setup)) }
}

function choiceOf(setup: Omit<Setup, 'choice' | 'problems'>): DataChoice | null {
  const source = setup.source.value
  switch (source) {
    case 'synthetic-digits':
      return { source, writer: setup.writer.value, examples: setup.examples.value }
    case 'partition':
      return { source, index: setup.part.value - 1 }
    case 'camera':
    case 'drawing':
      return capturedChoice(setup.captured.value)
    case 'files': {
      const files = setup.files.value
      return files.length > 0 ? { source, files, mapping: setup.mapping.value, keep: setup.keep.value } : null
    }
    default:
      return source satisfies never
  }
}

function capturedChoice(captured: readonly Captured[]): DataChoice | null {
  const [first] = captured
  if (!first) return null
  const size = first.pixels.length
  const pixels = new Uint8Array(captured.length * size)
  captured.forEach((one, i) => {
    pixels.set(one.pixels, i * size)
  })
  return { source: 'captured', pixels, labels: Uint8Array.from(captured, ({ label }) => label) }
}

/** A whole number from 1 to `max`, at least 1. */
export function randomWhole(random: () => number, max: number): number {
  return 1 + Math.floor(random() * Math.max(1, max))
}
