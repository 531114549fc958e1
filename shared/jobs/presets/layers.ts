/** Layers that presets are made of. What is left out has the layer's own default. */
import type { LayerJson } from '../models.ts'

export function layer(class_name: string, name: string, config: LayerJson['config'] = {}): LayerJson {
  return { class_name, config: { name, ...config } }
}

/** Filters of `size` × `size`; as large an image comes out, unless `more` says otherwise. */
export function conv(name: string, filters: number, size: number, more: LayerJson['config'] = {}): LayerJson {
  const config = { filters, kernel_size: [size, size], strides: [1, 1], padding: 'same', activation: 'relu' }
  return layer('Conv2D', name, { ...config, ...more })
}

/** The largest of each 2 × 2. */
export const pool = (name: string): LayerJson =>
  layer('MaxPooling2D', name, { pool_size: [2, 2], strides: [2, 2], padding: 'valid' })

/** Depthwise, then pointwise, each with batch normalisation and ReLU (Howard et al. 2017, MobileNets, section 3.1). */
export function separable(name: string, filters: number, stride: number): LayerJson[] {
  const windows = { kernel_size: [3, 3], strides: [stride, stride], padding: 'same', use_bias: false }
  return [
    layer('DepthwiseConv2D', `${name}_depthwise`, windows),
    layer('BatchNormalization', `${name}_norm_1`),
    layer('Activation', `${name}_relu_1`, { activation: 'relu' }),
    conv(`${name}_pointwise`, filters, 1, { use_bias: false, activation: 'linear' }),
    layer('BatchNormalization', `${name}_norm_2`),
    layer('Activation', `${name}_relu_2`, { activation: 'relu' }),
  ]
}
