/** A labelled menu of few values. */

interface Props<Value extends string | number> {
  readonly label: string
  readonly testid: string
  readonly values: readonly Value[]
  readonly chosen: Value
  readonly words: (value: Value) => string
  readonly onChoose: (value: Value) => void
}

export function Choice<Value extends string | number>({
  label,
  testid,
  values,
  chosen,
  words,
  onChoose,
}: Props<Value>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        data-testid={testid}
        value={chosen}
        onChange={({ currentTarget }) => {
          const value = values.find((one) => String(one) === currentTarget.value)
          if (value !== undefined) onChoose(value)
        }}
      >
        {values.map((value) => (
          <option key={value} value={value}>
            {words(value)}
          </option>
        ))}
      </select>
    </label>
  )
}
