/** Which of one's columns is which of the job's, where their names do not say. */
import { useSignal } from '@preact/signals'
import { guessMapping } from '../../../data/tables/guess.ts'
import type { ColumnQuestion, Mapping, ParticipantView } from '../../view.ts'
import type { Setup } from '../setup.ts'
import { rememberMapping } from './column-memory.ts'
import './columns.css'

export function Columns({ view, setup }: { view: ParticipantView; setup: Setup }) {
  const question = setup.question.value
  const mapping = setup.mapping.value
  if (!question || setup.source.value !== 'files') return null
  const data = view.data.value
  if (data.status === 'failed' && data.question)
    return <Form question={question} setup={setup} title="Or say which of your columns is which." key={question.file} />
  const said = Object.entries(mapping)
  if (said.length === 0) return null
  return (
    <details class="columns-said">
      <summary data-testid="columns-said">
        {said
          .slice(0, 3)
          .map(([name, column]) => `${name} is your ${column}`)
          .join(', ')}
        {said.length > 3 ? ` and ${said.length - 3} more` : ''}
      </summary>
      <Form question={question} setup={setup} title="Which of your columns is which." key={JSON.stringify(mapping)} />
    </details>
  )
}

function Form({ question, setup, title }: { question: ColumnQuestion; setup: Setup; title: string }) {
  const before = setup.mapping.peek()
  const wanted = [...new Set([...Object.keys(before), ...question.lacking])]
  const offered = [...new Set([...question.found, ...Object.values(before)])]
  const answers = useSignal<Mapping>({ ...guessMapping(wanted, offered), ...before })
  const chosen = wanted.map((name) => answers.value[name] ?? '')
  const twice = chosen.find((column, i) => column !== '' && chosen.indexOf(column) !== i)
  const open = chosen.filter((column) => column === '').length
  return (
    <form
      class="columns stack"
      data-testid="columns"
      onSubmit={(event) => {
        event.preventDefault()
        const mapping = Object.fromEntries(wanted.map((name, i) => [name, chosen[i] ?? '']))
        rememberMapping(question, mapping)
        setup.mapping.value = mapping
      }}
    >
      <p>
        <b>{title}</b> <span class="soft">This browser keeps it for the next table with the same columns.</span>
      </p>
      <div class="columns-fields">
        {wanted.map((name, i) => (
          <label class="field" key={name}>
            <span>
              The job’s <b>{name}</b> is your
            </span>
            <select
              value={chosen[i]}
              onChange={({ currentTarget }) => {
                answers.value = { ...answers.value, [name]: currentTarget.value }
              }}
            >
              <option value="">Choose a column</option>
              {offered.map((column) => (
                <option key={column} value={column}>
                  {column}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      <div class="row">
        <button type="submit" class="primary" disabled={open > 0 || twice !== undefined} data-testid="use-columns">
          Read it so
        </button>
        <span class="small soft" role="status">
          {hint(open, twice)}
        </span>
      </div>
    </form>
  )
}

/** Why it cannot be read so yet; empty where it can. */
function hint(open: number, twice: string | undefined): string {
  if (twice !== undefined) return `${twice} is chosen twice; each column can be one only.`
  if (open === 0) return ''
  return open === 1 ? 'One is still to be chosen.' : `${open} are still to be chosen.`
}
