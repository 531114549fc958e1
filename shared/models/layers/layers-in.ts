import type { Tensor } from '@tensorflow/tfjs-core'
import type { LayersModel } from '@tensorflow/tfjs-layers'

export type Layer = LayersModel['layers'][number]

/** A layer, and whether it or a model that it is in is frozen. */
export interface Place {
  readonly layer: Layer
  readonly frozen: boolean
}

/** The layers of a model that is a layer of another; null of any other layer. */
export function layersWithin(layer: Layer): readonly Layer[] | null {
  const { layers } = layer as { readonly layers?: readonly Layer[] }
  return Array.isArray(layers) ? layers : null
}

/** What a layer that takes one tensor is called with: tfjs-layers hands it over by itself or in a list. */
export function soleInput(inputs: Tensor | Tensor[]): Tensor {
  return (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor
}

/** Has a layer compute otherwise. `original`: what its kind computes, however often this is done. */
export function replaceCall(layer: Layer, by: (original: Layer['call']) => Layer['call']): void {
  layer.call = by((Object.getPrototypeOf(layer) as Layer).call.bind(layer))
}

/** A layer, and those that it is made of: what a wrapper wraps, a recurrent layer's cells. */
export function partsOf(layer: Layer): Layer[] {
  const made = layer as Layer & {
    readonly forwardLayer?: Layer
    readonly backwardLayer?: Layer
    readonly layer?: Layer
    readonly cell?: Layer
    readonly cells?: readonly Layer[]
  }
  // Bidirectional's `layer` is only what its two were made after.
  const wrapped = made.forwardLayer ? [made.forwardLayer, made.backwardLayer] : [made.layer]
  const parts = [...wrapped, made.cell, ...(made.cells ?? [])].filter((part) => part !== undefined)
  return [layer, ...parts.flatMap(partsOf)]
}

/** All layers of a model, those of models and layers within it too; in their order. */
export function layersIn(container: { readonly layers: readonly Layer[] }, within = false): Place[] {
  return container.layers.flatMap((layer) => {
    const frozen = within || !layer.trainable
    const inner = layersWithin(layer)
    if (inner) return layersIn({ layers: inner }, frozen)
    return partsOf(layer).map((part) => ({ layer: part, frozen }))
  })
}
