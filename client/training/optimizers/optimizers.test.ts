import '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OptimizerSettings } from '../../../shared/protocol/participant.ts'
import { random } from '../../../shared/random/random.ts'
import { registerTrainingKernels } from '../wasm/register.ts'
import { OnTensors } from './on-tensors.ts'
import { OnWasm } from './on-wasm.ts'
import { makeOptimizer } from './optimizer.ts'
import { reference, settingsOf } from './testing.ts'

const STEPS = 100
/** Vectors of four with no rest, with one of each length, and what is too small for one. */
const SHAPES = [[64], [5, 13], [6], [3], [1], [7, 7, 3]]

const CASES: [name: string, change: Partial<OptimizerSettings>][] = [
  ['sgd', {}],
  ['sgd with an L2 penalty', { weightDecay: 0.05 }],
  ['sgd, clipped by norm', { clipNorm: 0.5 }],
  ['sgd, a bound on the norm that is never met', { clipNorm: 1e6 }],
  ['sgd, clipped by value', { clipValue: 0.03 }],
  ['momentum', { name: 'momentum' }],
  ['momentum, clipped, with a penalty', { name: 'momentum', momentum: 0.5, clipNorm: 0.5, weightDecay: 0.05 }],
  ['nesterov', { name: 'nesterov' }],
  ['nesterov with a penalty', { name: 'nesterov', weightDecay: 0.05 }],
  ['adam', { name: 'adam' }],
  ['adam with numbers of its own', { name: 'adam', beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.05 }],
  ['adam, clipped by value', { name: 'adam', clipValue: 0.03 }],
  ['adamw', { name: 'adamw', weightDecay: 0.1 }],
  ['adagrad', { name: 'adagrad' }],
  ['adagrad with a penalty', { name: 'adagrad', weightDecay: 0.05, epsilon: 1e-3 }],
  ['rmsprop', { name: 'rmsprop', momentum: 0 }],
  ['rmsprop with momentum', { name: 'rmsprop', momentum: 0.9, rho: 0.8, epsilon: 1e-3, clipNorm: 1 }],
]

const RATES = Array.from({ length: STEPS }, (_, step) => 0.02 / (1 + step / 50))

const sizeOf = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1)
const draws = random(4, 'optimizers')
const drawn = () => SHAPES.map((shape) => Array.from({ length: sizeOf(shape) }, () => Math.fround(draws.normal())))
const START = drawn()
const TARGETS = drawn()
const NOISE = Array.from({ length: STEPS }, drawn)

/** Gradients of ½·(w − target)², with noise: such that errors of the weights come back. */
function slope(weights: readonly (readonly number[])[], step: number): number[][] {
  return weights.map((tensor, t) =>
    tensor.map((w, i) => w - (TARGETS[t]?.[i] as number) + 0.3 * (NOISE[step]?.[t]?.[i] as number)),
  )
}

function variablesAtStart(): tf.Variable[] {
  return tf.tidy(() => SHAPES.map((shape, i) => tf.variable(tf.tensor(START[i] as number[], shape))))
}

/** Weights after all steps of one that is given gradients of its own float32 weights. */
function run(variables: readonly tf.Variable[], apply: (gradients: tf.Tensor[], rate: number) => void): number[][] {
  const values = () => variables.map((variable) => Array.from(variable.dataSync()))
  RATES.forEach((rate, step) => {
    const gradients = slope(values(), step).map((tensor, i) => tf.tensor(tensor, SHAPES[i]))
    apply(gradients, rate)
    tf.dispose(gradients)
  })
  const result = values()
  tf.dispose(variables as tf.Variable[])
  return result
}

function furthest(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const [left, right] = [a.flat(), b.flat()]
  expect(left).toHaveLength(right.length)
  // NaN where one is: then no bound holds.
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - (right[i] as number))), 0)
}

/** tfjs' own, where it has this one; the learning rate of all its steps is one. */
function stockOf({ name, momentum, beta1, beta2, rho, epsilon }: OptimizerSettings): (rate: number) => tf.Optimizer {
  return (rate) => {
    switch (name) {
      case 'sgd':
        return tf.train.sgd(rate)
      case 'momentum':
      case 'nesterov':
        return tf.train.momentum(rate, momentum, name === 'nesterov')
      case 'adam':
      case 'adamw':
        return tf.train.adam(rate, beta1, beta2, epsilon)
      case 'adagrad':
        return tf.train.adagrad(rate)
      case 'rmsprop':
        return tf.train.rmsprop(rate, rho, momentum, epsilon)
      default:
        return name satisfies never
    }
  }
}

describe.each(['cpu', 'wasm'])('optimizers on %s', (backend) => {
  beforeAll(async () => {
    registerTrainingKernels()
    expect(await tf.setBackend(backend)).toBe(true)
  })
  beforeEach(() => expect(tf.getBackend()).toBe(backend))

  it('are those of the backend', () => {
    const variables = variablesAtStart()
    const made = makeOptimizer(settingsOf({}), variables)
    expect(made).toBeInstanceOf(backend === 'wasm' ? OnWasm : OnTensors)
    made.dispose()
    tf.dispose(variables)
  })

  it.each(CASES)('%s: as in float64, and nothing is left behind', (_, change) => {
    const settings = settingsOf(change)
    const tensors = tf.memory().numTensors
    const ids = tf.backend().numDataIds()
    const variables = variablesAtStart()
    const optimizer = makeOptimizer(settings, variables)
    let during = 0
    const reached = run(variables, (gradients, rate) => {
      optimizer.apply(gradients, rate)
      during ||= tf.memory().numTensors
      expect(tf.memory().numTensors, 'T1: after each step as after the first').toBe(during)
    })
    optimizer.dispose()
    expect(tf.memory().numTensors).toBe(tensors)
    expect(tf.backend().numDataIds()).toBe(ids)
    const exact = reference(settings, START, slope, RATES)
    expect(furthest(exact, START), 'it went somewhere').toBeGreaterThan(0.02)
    expect(furthest(reached, exact)).toBeLessThan(3e-6)
  })

  const plain = CASES.filter(([, c]) => !c.weightDecay && !c.clipNorm && !c.clipValue && c.name !== 'adamw')
  it.each(plain)('%s: no further from float64 than twice what tfjs’ own is', (_, change) => {
    const settings = settingsOf(change)
    const variables = variablesAtStart()
    const optimizer = makeOptimizer(settings, variables)
    const constant = 0.02
    const reached = run(variables, (gradients) => optimizer.apply(gradients, constant))
    optimizer.dispose()
    const others = variablesAtStart()
    const stock = stockOf(settings)(constant)
    const theirs = run(others, (gradients) =>
      tf.tidy(() => stock.applyGradients(others.map(({ name }, i) => ({ name, tensor: gradients[i] as tf.Tensor })))),
    )
    stock.dispose()
    const exact = reference(settings, START, slope, Array(STEPS).fill(constant))
    // One rounding of the largest weight is below all that can be asked for.
    expect(furthest(reached, exact)).toBeLessThanOrEqual(Math.max(2 * furthest(theirs, exact), 2e-7))
  })

  it('show a gradient that is not a number, also where they clip', () => {
    for (const change of [{}, { clipValue: 1 }, { clipNorm: 1 }, { name: 'adam' }] as const) {
      const variable = tf.tidy(() => tf.variable(tf.ones([5])))
      const optimizer = makeOptimizer(settingsOf(change), [variable])
      const gradient = tf.tensor([0, 0, 0, 0, Number.NaN])
      optimizer.apply([gradient], 0.1)
      expect(variable.dataSync()[4]).toBeNaN()
      optimizer.dispose()
      tf.dispose([variable, gradient])
    }
  })

  it('change what the next product is made of', () => {
    const weights = tf.tidy(() => tf.variable(tf.ones([40, 40])))
    const optimizer = makeOptimizer(settingsOf({}), [weights])
    const x = tf.ones([1, 40]) as tf.Tensor2D
    const product = () => tf.tidy(() => tf.matMul(x, weights as tf.Tensor2D).dataSync()[0])
    expect(product()).toBe(40)
    const gradient = tf.ones([40, 40])
    optimizer.apply([gradient], 0.5)
    expect(product()).toBe(20)
    optimizer.dispose()
    tf.dispose([weights, x, gradient])
  })
})
