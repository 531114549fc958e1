import type { Topology } from '../../shared/jobs/models.ts'
import type { ExampleSource } from '../../shared/models/examples.ts'
import type { BackendName, TrainSettings } from '../../shared/protocol/participant.ts'

/** A backend that was looked at, and what came of it. */
export interface BackendTrial {
  readonly backend: BackendName
  readonly adapter: string
  readonly outcome: 'chosen' | 'slower' | 'unavailable' | 'cannot-train' | 'not-needed' | 'failed'
  readonly reason: string
  /** As it was measured, now or on an earlier visit; null where it was not. */
  readonly examplesPerSecond: number | null
}

export interface BackendReport {
  readonly backend: BackendName
  /** E.g. "apple metal-3", "google swiftshader, software", "processor with SIMD". */
  readonly adapter: string
  readonly hardware: boolean
  /** Why it is not WebGPU on hardware, in a sentence; empty where it is. */
  readonly reason: string
  /** As it was measured; null where it was not. */
  readonly examplesPerSecond: number | null
  /** Seconds that a round will take with the present data, by that. */
  readonly secondsPerRound: number | null
  readonly trials: readonly BackendTrial[]
}

/** What the choice of a backend is tried with: the job's own model and settings, and the participant's own data. */
export interface TrialSpec {
  /** Stands for the topology: its digest. */
  readonly key: string
  readonly topology: Topology
  readonly settings: TrainSettings
  readonly examples: ExampleSource
}
