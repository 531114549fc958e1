/** Given weights, fitted to a model: each to its tensor by name, or the whole refused with all that does not fit. */

import { TributaryError } from '../errors/error.ts'
import { listedUpTo } from '../errors/listed-up-to.ts'
import { type FlatParams, TILE_ELEMENTS } from '../tensors/flat.ts'
import { elements, type Layout, placedTensors } from '../tensors/layout.ts'
import type { NamedTensor, NamedTensors } from '../tensors/named.ts'

/** A model's values as the layout has them: those that travel, and the frozen ones. */
export interface ModelValues {
  readonly params: FlatParams
  readonly base: FlatParams
}

export interface Fitted extends ModelValues {
  /** Tensors of the model that were not given: they are as the seed drew them. */
  readonly seeded: readonly string[]
  /** Tensors of the file that the model has no place for. */
  readonly ignored: readonly string[]
}

/** As many names as an error lists of a kind. */
const LISTED = 12

/**
 * `drawn`: the model as its seed makes it. It is written to, and of it stays what a partial file does not replace. `source`: names the file, in
 * errors. Throws 'job/weights', which tells at once all that is missing, left over or of another shape.
 */
export function fitWeights(
  layout: Layout,
  drawn: ModelValues,
  given: NamedTensors,
  { source, partial }: { readonly source: string; readonly partial: boolean },
): Fitted {
  const { found, named, ignored, faults } = match(layout, given)
  const missing = layout.filter(({ name }) => !named.has(name)).map(({ name }) => name)
  if (!partial && missing.length > 0) faults.push(`${list(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`)
  if (!partial && ignored.length > 0) faults.push(`${list(ignored)} ${ignored.length === 1 ? 'is' : 'are'} left over`)
  if (partial && found.size === 0 && faults.length === 0) {
    faults.push(`none of its tensors is the model’s: it has ${list(ignored)}, the model ${list(missing)}`)
  }
  if (faults.length > 0)
    throw misfit(source, `do not fit the model: ${faults.join('; ')}.${advice(partial, missing, faults)}`)

  const spoilt = placedTensors(layout).flatMap(({ name, part, at, size }) => {
    const from = found.get(name)
    return from === undefined || copy(given.values, from, drawn[part], at, size) ? [] : [name]
  })
  if (spoilt.length > 0)
    throw misfit(
      source,
      `hold values that are no finite numbers, in ${list(spoilt)}. Training would never get rid of them.`,
    )
  return { ...drawn, seeded: missing, ignored }
}

interface Match {
  /** Where the values of each of the model's tensors begin. */
  readonly found: ReadonlyMap<string, number>
  /** The model's tensors that the file has, be they of the right shape or not. */
  readonly named: ReadonlySet<string>
  readonly ignored: readonly string[]
  readonly faults: string[]
}

function match(layout: Layout, { tensors }: NamedTensors): Match {
  const model = new Map(layout.map((tensor) => [tensor.name, tensor]))
  const found = new Map<string, number>()
  const givenAs = new Map<string, string>()
  const ignored: string[] = []
  const faults: string[] = []
  let at = 0
  for (const tensor of tensors) {
    const own = namesOf(tensor).find((name) => model.has(name))
    const wanted = own === undefined ? undefined : model.get(own)
    if (!wanted) ignored.push(tensor.name)
    else if (givenAs.has(wanted.name))
      faults.push(`${givenAs.get(wanted.name)} and ${tensor.name} are both ${wanted.name}`)
    else {
      givenAs.set(wanted.name, tensor.name)
      if (tensor.shape.join() === wanted.shape.join()) found.set(wanted.name, at)
      else faults.push(`${tensor.name} is ${shapeText(tensor)}, and the model’s is ${shapeText(wanted)}`)
    }
    at += elements(tensor.shape)
  }
  return { found, named: new Set(givenAs.keys()), ignored, faults: faults.slice(0, LISTED) }
}

/**
 * What a tensor may be called here, the likeliest first: its own name; without Keras 2's ":0"; without a recurrent layer's cell,
 * which Keras names and TensorFlow.js does not; without the model's name in front, as Keras 3's paths have it; a depthwise
 * convolution's kernel, which Keras 3 calls kernel.
 */
function namesOf({ name }: NamedTensor): string[] {
  const parts = name.replace(/:0$/, '').split('/')
  const withoutCell = (of: readonly string[]) => (of.length > 2 ? [...of.slice(0, -2), ...of.slice(-1)] : of)
  const inModel = parts.length > 2 ? parts.slice(1) : parts
  const names = [name, ...[parts, withoutCell(parts), inModel, withoutCell(inModel)].map((of) => of.join('/'))]
  return [...names, ...names.map((own) => own.replace(/\/kernel$/, '/depthwise_kernel'))]
}

/** Answers whether all of them are finite. */
function copy(from: FlatParams, start: number, to: FlatParams, at: number, length: number): boolean {
  let finite = true
  for (let done = 0; done < length; done += TILE_ELEMENTS) {
    const stretch = from.read(start + done, Math.min(TILE_ELEMENTS, length - done))
    finite &&= stretch.every((value) => Number.isFinite(value))
    to.write(at + done, stretch)
  }
  return finite
}

function advice(partial: boolean, missing: readonly string[], faults: readonly string[]): string {
  if (partial) return ' A layer that is to begin anew needs another name than in the file.'
  const some = missing.length > 0 && faults.length > 0
  return some
    ? ' Name the weights as the model does, or set "partial": true to draw what is missing from the seed.'
    : ''
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : listedUpTo(names, LISTED)
}

const shapeText = ({ shape }: NamedTensor) => `[${shape.join(', ')}]`

function misfit(source: string, what: string): TributaryError {
  return new TributaryError('job/weights', `The weights ${source} ${what}`)
}
