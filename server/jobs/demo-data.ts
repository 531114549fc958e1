import type { Dataset, ImageDataset } from '../../shared/datasets/dataset.ts'

/** Data that the coordinator has itself; never a participant's. */
export interface DemoData {
  /** In words, for people: "synthetic digits of unseen writers", "the MNIST test set". */
  readonly testName: string
  /** What each version is tested on; null where there is nothing. */
  readonly test: Dataset | null
  /** What the partitions are of; empty where there are none. */
  readonly partitionSource: string
  readonly partitions: number
  /** The examples of one partition. */
  partition(index: number): ImageDataset
}
