/** What Keras writes otherwise than TensorFlow.js reads it: most of it since Keras 3. What is as it should be stays as it is. */
import { TributaryError } from '../../errors/error.ts'
import { isJson, type Json } from './json.ts'
import { mendLayer } from './layer.ts'

/** What Keras 3 says of where a thing comes from, beside what it is. */
const ORIGIN = ['module', 'registered_name', 'build_config', 'compile_config', 'shared_object_id']
const ACTIVATIONS: Readonly<Record<string, string>> = { silu: 'swish' }

/** Throws 'job/invalid' where TensorFlow.js would compute something else than what is meant. */
export function mendKeras(model: Json): Json {
  return mend(model, typeof model.module === 'string') as Json
}

function mend(value: unknown, keras3: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => mend(item, keras3))
  if (!isJson(value)) return value
  if (value.class_name === 'DTypePolicy') return dtypeOf(value)
  // A function by its name: {"class_name": "function", "config": "relu"}.
  if (value.class_name === 'function' && typeof value.config === 'string') return activation(value.config)
  const origin = typeof value.class_name === 'string' ? ORIGIN : []
  const mended = Object.entries(value)
    .filter(([key]) => !origin.includes(key))
    .map(([key, child]) => mendField(key, child, keras3))
  return mendLayer(regularizer(Object.fromEntries(mended)), keras3)
}

function mendField(key: string, value: unknown, keras3: boolean): [string, unknown] {
  switch (key) {
    case 'batch_shape':
      return ['batch_input_shape', value]
    case 'inbound_nodes':
      return [key, Array.isArray(value) ? value.map((node) => inboundNode(node, keras3)) : value]
    case 'input_layers':
    case 'output_layers':
      return [key, Array.isArray(value) && typeof value[0] === 'string' ? [value] : value]
    case 'activation':
    case 'recurrent_activation':
      return [key, typeof value === 'string' ? activation(value) : mend(value, keras3)]
    default:
      return [key, mend(value, keras3)]
  }
}

/** Keras 3 writes how a layer was called, Keras 2 a list of [layer, node, tensor, the call's other arguments]. */
function inboundNode(node: unknown, keras3: boolean): unknown {
  if (!isJson(node) || !Array.isArray(node.args)) return node
  const given = Object.entries(isJson(node.kwargs) ? node.kwargs : {}).filter(([, value]) => value !== null)
  const others = Object.fromEntries(given.map(([key, value]) => [key, mend(value, keras3)]))
  return node.args.flat().map((tensor) => {
    const history = isJson(tensor) && isJson(tensor.config) ? tensor.config.keras_history : null
    if (!Array.isArray(history)) {
      const what = JSON.stringify(tensor)?.slice(0, 80)
      throw refused(`calls a layer with ${what}, where TensorFlow.js takes only what other layers answer.`)
    }
    return [...history, others]
  })
}

function dtypeOf({ config }: Json): string {
  const name = isJson(config) ? String(config.name) : 'nothing'
  if (name === 'float32') return name
  throw refused(
    `computes in ${name}, and tabs train in float32. Set keras.config.set_dtype_policy("float32") before you make it.`,
  )
}

/** TensorFlow.js knows both penalties under one name. */
function regularizer(value: Json): Json {
  const { class_name: kind, config } = value
  if ((kind !== 'L1' && kind !== 'L2') || !isJson(config)) return value
  return { class_name: 'L1L2', config: { l1: config.l1 ?? 0, l2: config.l2 ?? 0 } }
}

const activation = (name: string) => ACTIVATIONS[name] ?? name

function refused(what: string): TributaryError {
  return new TributaryError('job/invalid', `The topology ${what}`)
}
