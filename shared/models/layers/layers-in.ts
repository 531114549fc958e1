import type { LayersModel } from '@tensorflow/tfjs-layers'

export type Layer = LayersModel['layers'][number]

/** A layer, and whether it or a model that it is in is frozen. */
export interface Place {
  readonly layer: Layer
  readonly frozen: boolean
}

/** All layers of a model, those of models within it too; in their order. */
export function layersIn(container: { readonly layers: readonly Layer[] }, within = false): Place[] {
  return container.layers.flatMap((layer) => {
    const inner = (layer as { layers?: readonly Layer[] }).layers
    const frozen = within || !layer.trainable
    return Array.isArray(inner) ? layersIn({ layers: inner }, frozen) : [{ layer, frozen }]
  })
}
