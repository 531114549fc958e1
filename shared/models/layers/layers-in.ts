import type { LayersModel } from '@tensorflow/tfjs-layers'

export type Layer = LayersModel['layers'][number]

/** A layer, and whether it or a model that it is in is frozen. */
export interface Place {
  readonly layer: Layer
  readonly frozen: boolean
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
    const inner = (layer as { layers?: readonly Layer[] }).layers
    const frozen = within || !layer.trainable
    if (Array.isArray(inner)) return layersIn({ layers: inner }, frozen)
    return partsOf(layer).map((part) => ({ layer: part, frozen }))
  })
}
