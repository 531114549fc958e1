/** A model's JSON as its author has it, of whatever program, as the topology that TensorFlow.js builds from. */
import { TributaryError } from '../../errors/error.ts'
import type { Topology } from '../models.ts'
import { isJson } from './json.ts'
import { mendKeras } from './keras.ts'

const KINDS = ['Sequential', 'Functional', 'Model']
const HOW =
  'Give the JSON of Keras’ model.to_json(), of tfjs’ model.toJSON(), or the model.json that model.save() writes.'

/**
 * Takes what Keras 2's and 3's model.to_json() and tfjs' model.toJSON() make, and a whole model.json. Reading what was read
 * before changes nothing. Throws 'job/invalid'.
 */
export function readTopology(json: unknown): Topology {
  if (!isJson(json))
    throw unreadable(`is no model’s JSON: it is ${Array.isArray(json) ? 'a list' : String(json)}. ${HOW}`)
  if (json.format === 'graph-model' || 'node' in json) {
    throw unreadable(
      'is a graph model, whose layers are not known any more, so that it cannot be trained. Convert the Keras model itself, with tensorflowjs_converter’s --output_format=tfjs_layers_model.',
    )
  }
  if ('modelTopology' in json) return readTopology(json.modelTopology)
  if ('model_config' in json) return readTopology(json.model_config)
  const kind = json.class_name
  if (typeof kind !== 'string' || !isJson(json.config)) throw unreadable(`has no class_name and config. ${HOW}`)
  if (!KINDS.includes(kind)) {
    throw unreadable(`is a ${kind}; only Sequential and Functional models say in JSON what they are made of. ${HOW}`)
  }
  return mendKeras(json)
}

function unreadable(what: string): TributaryError {
  return new TributaryError('job/invalid', `The topology ${what}`)
}
