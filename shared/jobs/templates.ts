/** The jobs that come with Tributary. */
import type { JobConfigInput } from './config.ts'

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** What `npm start` runs: needs no data but what each tab draws for itself. */
export const digitsJob: JobConfigInput = {
  name: 'Digits together',
  description: 'Teach one model to read handwritten digits, from many people’s handwriting.',
  model: { preset: 'mlp-32' },
  data: { width: 28, height: 28, channels: 1, classes: DIGITS },
  localEpochs: 2,
  batchSize: 32,
  optimizer: { name: 'sgd', learningRate: 0.05 },
  rounds: 20,
  demoData: { source: 'synthetic-digits' },
}

/** MNIST with the 2NN of McMahan et al. 2017 (784-200-200-10), one local epoch a round. */
export const mnistJob: JobConfigInput = {
  name: 'MNIST together',
  description:
    'Teach one model to read the handwritten digits of the MNIST collection, each tab with a part of its own.',
  model: { preset: '2nn' },
  data: { width: 28, height: 28, channels: 1, classes: DIGITS },
  localEpochs: 1,
  batchSize: 20,
  optimizer: { name: 'sgd', learningRate: 0.15 },
  rounds: 20,
  demoData: { source: 'mnist' },
}
