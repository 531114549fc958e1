/**
 * A trainer module: FedProx. To each client's loss a term is added that holds its weights to those that it has received, so that
 * clients with different data do not pull the model apart. Li et al. 2020, "Federated Optimization in Heterogeneous Networks",
 * equation 2: h(w) = F(w) + μ/2 · ‖w − wₜ‖².
 */
import * as tf from '@tensorflow/tfjs'
// In a project of your own: from 'tributary-fl/client'.
import type { Trainer } from '../../client/api/index.ts'
import type { Points } from './points.ts'

/** `onDrift` is told how far the weights have gone from those received, in each round. */
export function fedProx(mu: number, onDrift: (distance: number) => void): Trainer<{ train: Points; held: Points }> {
  return {
    async train(model, { train: { xs, classes } }, { settings, signal, log }) {
      const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable)
      const received = weights.map((weight) => weight.clone())
      const distance = () =>
        tf.addN(weights.map((weight, i) => tf.sum(tf.squaredDifference(weight, received[i] as tf.Tensor)))) as tf.Scalar
      const optimizer = tf.train.sgd(settings.optimizer.learningRate)
      let loss = Number.NaN
      for (let epoch = 0; epoch < settings.epochs && !signal.aborted; epoch++) {
        const cost = optimizer.minimize(() => {
          const own = tf.mean(tf.metrics.categoricalCrossentropy(classes, model.apply(xs) as tf.Tensor))
          return tf.add(own, tf.mul(mu / 2, distance())) as tf.Scalar
        }, true)
        loss = (await cost?.data())?.[0] ?? Number.NaN
        cost?.dispose()
        log({ loss, fraction: (epoch + 1) / settings.epochs })
      }
      const squared = tf.tidy(distance)
      onDrift(Math.sqrt((await squared.data())[0] ?? Number.NaN))
      tf.dispose([squared, ...received])
      optimizer.dispose()
      return { metrics: { loss } }
    },

    /** Of each model that is received: what the dashboard's curves are made of. */
    async evaluate(model, { held: { xs, classes } }) {
      const [loss, accuracy] = tf.tidy(() => {
        const predicted = model.predict(xs) as tf.Tensor
        return [
          tf.mean(tf.metrics.categoricalCrossentropy(classes, predicted)),
          tf.mean(tf.metrics.categoricalAccuracy(classes, predicted)),
        ] as const
      })
      const [lossValue, accuracyValue] = [(await loss.data())[0] as number, (await accuracy.data())[0] as number]
      tf.dispose([loss, accuracy])
      return { loss: lossValue, accuracy: accuracyValue }
    },
  }
}
