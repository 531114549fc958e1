/** A task's answer as it is offered: what is announced of it, and its parameters. */
import type { Task, UpdateBegin } from '../../shared/protocol/participant.ts'
import { flatBytes } from '../../shared/tensors/bytes.ts'
import type { FlatParams } from '../../shared/tensors/flat.ts'
import { layoutText } from '../../shared/tensors/layout.ts'
import { ENCODING } from '../../shared/updates/encoding.ts'
import { digestOf, digestOfText } from './digest.ts'
import type { ReceivedModel } from './download.ts'
import type { Answer } from './events.ts'

export interface Update {
  readonly begin: UpdateBegin
  readonly params: FlatParams | null
}

export function updateOf(task: Task, model: ReceivedModel, answer: Answer, timings: UpdateBegin['timings']): Update {
  const { params, numExamples, metrics, capabilities } = answer
  const encoding = params ? 'f32' : 'none'
  const begin: UpdateBegin = {
    taskId: task.taskId,
    encoding,
    layout: digestOfText(layoutText(model.manifest.layout)),
    bytes: ENCODING[encoding].bytes(params?.length ?? 0),
    sha256: digestOf(params ? flatBytes(params) : []),
    numExamples,
    metrics,
    timings,
    bytesDown: model.bytesDown,
    ...(capabilities && { capabilities }),
  }
  return { begin, params }
}
