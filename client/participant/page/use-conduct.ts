/** What the page does of its own accord: hand on the choices, keep them, join where the link says so, and name the tab. */
import { untracked, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Participant } from '../view.ts'
import { recallMapping } from './data/column-memory.ts'
import type { Kiosk } from './kiosk.ts'
import { remember } from './memory.ts'
import type { Setup } from './setup.ts'
import { stageOf } from './stage.ts'

export function useConduct({ view, actions }: Participant, setup: Setup, kiosk: Kiosk): void {
  useEffect(() => {
    if (kiosk.backend) actions.chooseBackend(kiosk.backend)
  }, [])

  useSignalEffect(() => {
    const choice = setup.choice.value
    // Untracked: what the controller reads while it starts is no reason to start again.
    if (choice) untracked(() => actions.chooseData(choice))
  })

  useSignalEffect(() => {
    const source = setup.source.value
    const { writer, examples, part } = setup
    // Files and pictures cannot be kept through a reload; the choice of them is not worth keeping without.
    if (source === 'synthetic-digits' || source === 'partition')
      remember({ source, writer: writer.value, examples: examples.value, part: part.value })
  })

  // What is asked about these files; where it was answered for others of the same columns, it is answered by itself.
  useSignalEffect(() => {
    const data = view.data.value
    if (data.status !== 'failed' || !data.question || data.choice.source !== 'files') return
    if (data.choice.files !== setup.files.peek()) return
    setup.question.value = data.question
    const said = Object.keys(data.choice.mapping).length > 0 ? null : recallMapping(data.question)
    if (said) setup.mapping.value = said
  })

  // Once only: somebody who leaves a kiosk's job, or a reloaded tab's, is not made to join again.
  const wanted = kiosk.auto || view.notice.peek()?.kind === 'rejoining'
  const joined = useRef(!wanted || setup.problems.length > 0)
  useSignalEffect(() => {
    const ready = view.data.value.status === 'ready' && view.backend.value.status === 'ready'
    const job = view.job.value
    if (joined.current || !ready || !job || view.membership.value !== 'outside') return
    if (stageOf(job, 'outside') !== 'choosing') return
    joined.current = true
    untracked(() => actions.join())
  })

  useSignalEffect(() => {
    const job = view.job.value
    if (!job) return
    const stage = stageOf(job, view.membership.value)
    const where = {
      choosing: '',
      training: `${Math.min(job.round + 1, job.rounds)}/${job.rounds} · `,
      finished: 'Done · ',
      ended: 'Ended · ',
    }[stage]
    document.title = `${where}${job.name} · Tributary`
  })
}
