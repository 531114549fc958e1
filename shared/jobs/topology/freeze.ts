/** Layers of a topology that are not to be trained, by name. */

import { TributaryError } from '../../errors/error.ts'
import { listedUpTo } from '../../errors/listed-up-to.ts'
import type { Topology } from '../models.ts'
import { isJson, type Json } from './json.ts'

/** As many names as an error lists. */
const LISTED = 30

/**
 * The topology with every layer frozen whose name one of `patterns` names; `*` stands for any letters, or none. A layer
 * that is a model, or wraps others, is frozen with all in it. Throws 'job/invalid', naming the patterns that match no layer.
 */
export function freezeLayers(topology: Topology, patterns: readonly string[]): Topology {
  if (patterns.length === 0) return topology
  const names: string[] = []
  const used = new Set<string>()
  const frozenBy = (name: string) => {
    const matching = patterns.filter((pattern) => matches(pattern, name))
    for (const pattern of matching) used.add(pattern)
    return matching.length > 0
  }

  /** `outermost`: the model itself, which no pattern means. */
  const freeze = (value: unknown, within: boolean, outermost: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item) => freeze(item, within, false))
    if (!isJson(value)) return value
    const name = isLayer(value) && !outermost ? value.config.name : null
    if (name !== null) names.push(name)
    const frozen = (name !== null && frozenBy(name)) || within
    const children = Object.entries(value).map(([key, child]) => [key, freeze(child, frozen, false)] as const)
    const all: Json = Object.fromEntries(children)
    return name !== null && frozen ? { ...all, config: { ...(all.config as Json), trainable: false } } : all
  }

  const frozen = freeze(topology, false, true) as Topology
  const unused = patterns.filter((pattern) => !used.has(pattern))
  if (unused.length > 0) {
    throw new TributaryError(
      'job/invalid',
      `model.frozen: ${unused.join(', ')} ${unused.length === 1 ? 'matches' : 'match'} no layer. The model’s layers are ${listedUpTo(names, LISTED)}.`,
    )
  }
  return frozen
}

/** A layer has a name; an initializer or a regularizer has none. */
function isLayer(value: Json): value is { readonly config: Json & { readonly name: string } } {
  return typeof value.class_name === 'string' && isJson(value.config) && typeof value.config.name === 'string'
}

/** The parts between the stars, each as early as it comes after the one before; the last at the end. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return pattern === name
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > name.length - last.length) return false
    at = found + part.length
  }
  return true
}
