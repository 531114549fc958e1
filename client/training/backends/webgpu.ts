import * as tf from '@tensorflow/tfjs-core'
import { forgetChoices, registerFilterGradient } from '../webgpu/filter-gradient.ts'
import { activate, startAnew } from './activate.ts'
import type { Availability, Backend } from './backend.ts'
import { isSoftware } from './software.ts'

/** tfjs' own, among its backends. */
const PRIORITY = 3

const LOSS_MS = 200

/** The last validation error that the device reported; WebGPU never throws them. */
let uncaptured: string | null = null

/** tfjs' device, and whether it is gone: driver trouble, a GPU that was taken away, sleep. */
let current: GPUDevice | null = null
let lost = false
let software: Promise<boolean> | null = null

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

  async activate(): Promise<number> {
    await import('@tensorflow/tfjs-backend-webgpu')
    registerFilterGradient()
    // A backend keeps its device for life; another one asks for another.
    if (lost) startAnew('webgpu', PRIORITY)
    await activate('webgpu')
    const { device } = tf.backend() as unknown as { readonly device: GPUDevice }
    if (device === current) return 1
    current = device
    lost = false
    software = null
    forgetChoices()
    device.onuncapturederror = ({ error }) => {
      uncaptured = error.message
    }
    device.lost.then(() => {
      if (device === current) lost = true
    })
    return 1
  },
}

/**
 * Whether the device that is trained on is gone: whatever is computed there comes to nothing. What was read from it may fail
 * some moments before it is said to be lost, so this waits a little.
 */
export async function webgpuIsLost(): Promise<boolean> {
  if (tf.getBackend() !== 'webgpu' || !current) return false
  await Promise.race([current.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))])
  return lost
}

/** Whether what it computes on is a program that plays a GPU. Asked once of each device. */
export function webgpuIsSoftware(): Promise<boolean> {
  software ??= webgpu.look().then((seen) => seen.available && !seen.hardware)
  return software
}

/** What the device complained of since the last call; null where nothing. */
export function takeDeviceError(): string | null {
  const message = uncaptured
  uncaptured = null
  return message
}

/** What the device complains of until now was of no consequence. */
export async function forgetDeviceErrors(): Promise<void> {
  await current?.queue.onSubmittedWorkDone().catch(() => {})
  takeDeviceError()
}

function whyNoApi(): string {
  return globalThis.isSecureContext
    ? 'This browser does not offer WebGPU.'
    : 'This page came over plain http, where browsers keep WebGPU back. An https link would allow it.'
}
