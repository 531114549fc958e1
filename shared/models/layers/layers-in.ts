import type { LayersModel } from '@tensorflow/tfjs-layers'

export type Layer = LayersModel['layers'][number]

/** All layers of a model, those of models within it too; in their order. */
export function layersIn(container: { readonly layers: readonly Layer[] }): Layer[] {
  return container.layers.flatMap((layer) => {
    const inner = (layer as { layers?: readonly Layer[] }).layers
    return Array.isArray(inner) ? layersIn({ layers: inner }) : [layer]
  })
}
