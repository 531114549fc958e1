import type { Topology } from '../../../shared/jobs/models.ts'
import type { DataSchema } from '../../../shared/protocol/data.ts'
import type { BackendName, Capabilities, Metrics, Task, TrainSettings } from '../../../shared/protocol/participant.ts'
import type { ColumnQuestion } from '../../data/readers/column-question.ts'
import type { ReadProgress } from '../../data/readers/reading.ts'
import type { DataChoice, DataDemand, DataPreview } from '../../data/types.ts'
import type { TrainProgress } from '../../training/local-trainer.ts'
import type { BackendReport } from '../../training/types.ts'

/** A flat vector as it crosses a worker's border: its tiles. */
export type Tiles = readonly Float32Array[]

export interface TaskInput {
  readonly task: Pick<Task, 'taskId' | 'kind' | 'round' | 'settings'>
  readonly key: string
  readonly topology: Topology
  readonly params: Tiles
  readonly base: Tiles
}

export interface TaskOutput {
  readonly params: Tiles | null
  readonly numExamples: number
  readonly metrics: Metrics
  readonly capabilities: Capabilities | undefined
}

export interface ProbeRequest {
  readonly url: string
  readonly topology: string
  readonly settings: TrainSettings
  readonly choice: BackendName | 'auto'
}

/** What the training worker offers: to the page the first four, to the session worker the last two. */
export interface TrainingApi {
  /** Reads data and keeps them here. */
  loadData(choice: DataChoice, demand: DataDemand, onProgress: (progress: ReadProgress) => void): Promise<DataPreview>
  /** What to ask about data that could not be read; null where no answer would help. */
  askAboutColumns(choice: DataChoice, schema: DataSchema): Promise<ColumnQuestion | null>
  /** Chooses a backend by trying it; needs data. */
  probe(request: ProbeRequest): Promise<BackendReport>
  /** Class probabilities of one picture by the version with this manifest. */
  predict(url: string, model: string, pixels: Uint8Array, schema: DataSchema): Promise<number[]>
  perform(input: TaskInput, onProgress: (progress: TrainProgress) => void): Promise<TaskOutput>
  cancel(taskId: string): void
  /** Of the time, above 0 and up to 1, that training computes in. */
  setShare(share: number): void
  /** Tensors that tfjs holds now (rule T1). */
  tensors(): number
  /** What tfjs computes on, asked of tfjs itself. */
  backend(): string
  /** Serves this API on a second port. */
  serve(port: MessagePort): void
}
