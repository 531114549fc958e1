import type { LayersModel } from '@tensorflow/tfjs-layers'

/**
 * Floating-point operations of a training step on so many examples, a product and its sum counting two: the forward pass, the
 * gradients by the weights and, but for the first layer, by what went in. Only of convolutions and dense layers; null where
 * weights are in others.
 */
export function flopsOf(model: LayersModel, batch: number): number | null {
  const weighted = model.layers.filter((layer) => layer.countParams() > 0)
  let flops = 0
  for (const [i, layer] of weighted.entries()) {
    const passes = i === 0 ? 2 : 3
    const kernel = layer.getWeights()[0]?.shape ?? []
    const size = kernel.reduce((n, d) => n * d, 1)
    switch (layer.getClassName()) {
      case 'Dense':
        flops += 2 * size * passes
        break
      case 'Conv2D': {
        const [, height = 0, width = 0] = layer.outputShape as number[]
        flops += 2 * size * height * width * passes
        break
      }
      default:
        return null
    }
  }
  return flops * batch
}
