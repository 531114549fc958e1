/** Recurrent layers in float64, over sequences [batch, time, features], as tfjs-layers defines them. */
import { activate } from './activations.ts'
import { type Array64, array64, at, build, map, plusRow, times } from './array64.ts'

export interface RecurrentConfig {
  readonly units: number
  readonly activation?: string
  readonly recurrent_activation?: string
  readonly return_sequences?: boolean
  readonly go_backwards?: boolean
}

type Weights = readonly Array64[]
interface State {
  readonly h: Array64
  readonly c: Array64
}
type Cell = (x: Array64, state: State, weights: Weights, config: RecurrentConfig) => State

const columns = (x: Array64, from: number, to: number) =>
  build([x.shape[0] as number, to - from], (i, j) => at(x, i as number, from + (j as number)))
const zip = (a: Array64, b: Array64, f: (x: number, y: number) => number) =>
  map(a, (value, i) => f(value, b.data[i] as number))
const sum = (a: Array64, b: Array64) => zip(a, b, (x, y) => x + y)
const product = (a: Array64, b: Array64) => zip(a, b, (x, y) => x * y)

const CELLS: Readonly<Record<string, Cell>> = {
  /** h' = f(x·K + h·R + b). */
  SimpleRNN(x, { h, c }, [kernel, recurrent, bias], { activation = 'tanh' }) {
    const own = plusRow(times(x, kernel as Array64), bias)
    return { h: activate(sum(own, times(h, recurrent as Array64)), activation), c }
  },

  /** Hochreiter & Schmidhuber 1997 with forget gates; the gates' columns are input, forget, cell, output. */
  LSTM(x, { h, c }, [kernel, recurrent, bias], config) {
    const { units, activation = 'tanh', recurrent_activation = 'hardSigmoid' } = config
    const all = plusRow(sum(times(x, kernel as Array64), times(h, recurrent as Array64)), bias)
    const gate = (i: number, f: string) => activate(columns(all, i * units, (i + 1) * units), f)
    const [i, f, o] = [0, 1, 3].map((g) => gate(g, recurrent_activation)) as [Array64, Array64, Array64]
    const cell = sum(product(f, c), product(i, gate(2, activation)))
    return { h: product(o, activate(cell, activation)), c: cell }
  },

  /** Cho et al. 2014, the reset before the product; the gates' columns are update, reset, candidate. */
  GRU(x, { h, c }, [kernel, recurrent, bias], config) {
    const { units, activation = 'tanh', recurrent_activation = 'hardSigmoid' } = config
    const own = plusRow(times(x, kernel as Array64), bias)
    const part = (i: number) => columns(own, i * units, (i + 1) * units)
    const back = (i: number, of: Array64) => times(of, columns(recurrent as Array64, i * units, (i + 1) * units))
    const z = activate(sum(part(0), back(0, h)), recurrent_activation)
    const r = activate(sum(part(1), back(1, h)), recurrent_activation)
    const candidate = activate(sum(part(2), back(2, product(r, h))), activation)
    return {
      h: sum(
        product(z, h),
        zip(z, candidate, (gate, value) => (1 - gate) * value),
      ),
      c,
    }
  },
}

export const isRecurrent = (kind: string) => kind in CELLS

export function recurrent(kind: string, x: Array64, weights: Weights, config: RecurrentConfig): Array64 {
  const cell = CELLS[kind] as Cell
  const [batch, length, features] = x.shape as [number, number, number]
  const none = array64([batch, config.units], new Float64Array(batch * config.units))
  let state: State = { h: none, c: none }
  const outputs: Array64[] = []
  for (let step = 0; step < length; step++) {
    const time = config.go_backwards ? length - 1 - step : step
    const now = build([batch, features], (b, i) => at(x, b as number, time, i as number))
    state = cell(now, state, weights, config)
    outputs.push(state.h)
  }
  if (!config.return_sequences) return state.h
  return build([batch, length, config.units], (b, t, i) =>
    at(outputs[t as number] as Array64, b as number, i as number),
  )
}
