import * as tf from '@tensorflow/tfjs-core'
import { activate } from './activate.ts'
import type { Availability, Backend } from './backend.ts'
import { isSoftware } from './software.ts'

/** The last validation error that the device reported; WebGPU never throws them. */
let uncaptured: string | null = null

export const webgpu: Backend = {
  name: 'webgpu',

  async look(): Promise<Availability> {
    if (!('gpu' in navigator)) return { available: false, reason: whyNoApi() }
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null)
    if (!adapter) return { available: false, reason: 'The browser found no GPU that it would use for WebGPU.' }
    const { vendor, architecture, description } = adapter.info
    const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed GPU'
    const fallback = adapter.info.isFallbackAdapter === true
    const hardware = !fallback && !isSoftware(`${vendor} ${architecture} ${description}`)
    return { available: true, adapter: hardware ? name : `${name}, software`, hardware }
  },

  async activate(): Promise<void> {
    await import('@tensorflow/tfjs-backend-webgpu')
    await activate('webgpu')
    const { device } = tf.backend() as unknown as { device: GPUDevice }
    device.onuncapturederror = ({ error }) => {
      uncaptured = error.message
    }
  },
}

/** What the device complained of since the last call; null where nothing. */
export function takeDeviceError(): string | null {
  const message = uncaptured
  uncaptured = null
  return message
}

function whyNoApi(): string {
  return globalThis.isSecureContext
    ? 'This browser does not offer WebGPU.'
    : 'This page came over plain http, where browsers keep WebGPU back. An https link would allow it.'
}
