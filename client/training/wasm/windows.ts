import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core'

type Info = backend_util.Conv2DInfo

/** What the native kernels over windows are told first: batch, height, width, out height, out width, channels. */
export function extents(info: Info, dy: TensorInfo) {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, inChannels } = info
  if (outHeight !== dy.shape[1] || outWidth !== dy.shape[2]) throw new Error('windows that were cut otherwise')
  return [batchSize, inHeight, inWidth, outHeight, outWidth, inChannels] as const
}

/** And last: the window's height and width, the strides, the padding above and to the left. */
export function steps({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Info) {
  return [filterHeight, filterWidth, strideHeight, strideWidth, padInfo.top, padInfo.left] as const
}
