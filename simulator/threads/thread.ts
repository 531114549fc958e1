/**
 * A thread in which simulated clients train, one after the other: the engine of the training worker, on one thread of
 * WebAssembly. Which backend computes is not measured here, as a tab does, so that every run gives the same bits.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { wasm } from '../../client/training/backends/wasm.ts'
import { Engine, type ModelInput } from '../../client/training/engine.ts'
import { subset } from '../../shared/datasets/dataset.ts'
import { splitInPlace } from '../../shared/datasets/split.ts'
import { errorInfo, TributaryError } from '../../shared/errors/error.ts'
import { FlatParams } from '../../shared/tensors/flat.ts'
import type { Message, Order, ThreadAnswer, ThreadData, ThreadModel } from './messages.ts'

const { dataset, validationSplit, seed } = workerData as ThreadData
const engine = new Engine()
const ready = wasm.activate(1)
const running = new Map<number, AbortController>()
let model: ModelInput | null = null

async function perform({ id, task, part, model: sent }: Order & { kind: 'perform' }): Promise<void> {
  if (sent) model = received(sent)
  const controller = new AbortController()
  running.set(id, controller)
  try {
    await ready
    if (!model) throw new TributaryError('internal', 'A task came to a thread before its model.')
    // Made anew for every task: of all clients at once it would be the whole dataset again, in every thread.
    const own = splitInPlace(subset(dataset, part), validationSplit, seed)
    const work = { ...task, model, train: own.train, validation: own.validation }
    const { params, numExamples, metrics } = await engine.perform(work, controller.signal, (progress) =>
      tell({ id, progress }),
    )
    const answer: ThreadAnswer = { params: params?.tiles ?? null, numExamples, metrics }
    tell({ id, answer }, (params?.tiles ?? []).map(({ buffer }) => buffer) as ArrayBuffer[])
  } catch (thrown) {
    tell({ id, error: errorInfo(thrown, 'training/failed') })
  } finally {
    running.delete(id)
  }
}

function received({ key, topology, params, base }: ThreadModel): ModelInput {
  return { key, topology, params: FlatParams.over(params), base: FlatParams.over(base) }
}

function tell(message: Message, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

parentPort?.on('message', (order: Order) => {
  if (order.kind === 'cancel') running.get(order.id)?.abort()
  else void perform(order)
})
