import type { Dataset } from '../../shared/datasets/dataset.ts'
import type { DatasetSummary } from '../../shared/protocol/participant.ts'

/** All the data of a simulation. */
export interface SimulatedData {
  /** In words: "mnist", "sales.csv". */
  readonly name: string
  /** As clients say it of themselves. */
  readonly source: DatasetSummary['source']
  /** Of all clients together. */
  readonly dataset: Dataset
  /** For each client the places of its examples. */
  readonly parts: readonly Uint32Array[]
  /** What each version is tested on; null: on nothing but what clients hold back. */
  readonly test: Dataset | null
  readonly testName: string
}
