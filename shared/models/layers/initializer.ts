import { serialization } from '@tensorflow/tfjs-core'
import type { initializers } from '@tensorflow/tfjs-layers'

import { deriveSeed } from '../../random/random.ts'

export type Initializer = ReturnType<typeof initializers.zeros>

/** What tfjs-layers makes of an initializer's JSON; its own function for it is not public. */
interface Serialized {
  readonly className: string
  readonly config: serialization.ConfigDict
}

/** Throws where no initializer is named so. */
export function initializerOf(given: unknown, fallback: () => Initializer): Initializer {
  if (given === undefined || given === null) return fallback()
  if (given instanceof serialization.Serializable) return given as Initializer
  const { className, config } = typeof given === 'string' ? named(given) : (given as Serialized)
  const known = serialization.SerializationMap.getMap().classNameMap[className]
  if (!known) throw new Error(`No initializer is named ${className}.`)
  const [kind, fromConfig] = known
  return fromConfig(kind, config) as Initializer
}

export function serialized(initializer: Initializer): serialization.ConfigDictValue {
  return { className: initializer.getClassName(), config: initializer.getConfig() }
}

/** One for each of several weights: with one seed they would all be the same. Without a seed it is as it was. */
export function initializerFor(weight: string, initializer: Initializer): Initializer {
  const config = initializer.getConfig()
  if (typeof config.seed !== 'number') return initializer
  const seed = deriveSeed(config.seed, 'initial-weights', weight) % 0x7fffffff
  return initializerOf({ className: initializer.getClassName(), config: { ...config, seed } }, () => initializer)
}

/** glorotUniform is of the class GlorotUniform. */
function named(name: string): Serialized {
  return { className: name.charAt(0).toUpperCase() + name.slice(1), config: {} }
}
