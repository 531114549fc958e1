/* global tf */

import { draw, moons, test } from '../moons.js'
import { federate } from '../node_modules/tributary-fl/browser/tributary-client.js'

const query = new URLSearchParams(location.search)
const { xs, ys, rows } = moons(query.get('part'))

const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 16, activation: 'relu', inputShape: [2] }),
    tf.layers.dense({ units: 16, activation: 'relu' }),
    tf.layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
})
model.compile({ optimizer: tf.train.adam(0.02), loss: 'binaryCrossentropy', metrics: ['accuracy'] })
federate(model, { url: query.get('coordinator') })

await model.fit(xs, ys, { epochs: 40, batchSize: 20, callbacks: { onEpochEnd: () => draw(model, rows) } })

await draw(model, rows)
document.querySelector('#said').textContent = `Right on ${Math.round(100 * (await test(model)))} % of both moons.`
