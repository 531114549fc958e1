/** How metrics are called and written on the pages. */
import { type MetricInfo, metricInfo } from '../../shared/jobs/metrics.ts'
import { percent } from './format.ts'

const UNKNOWN = (name: string): MetricInfo => ({ label: name, hint: '', better: 'higher', unit: 'number' })

export function infoOf(name: string): MetricInfo {
  return metricInfo(name) ?? UNKNOWN(name)
}

/** As a title. */
export function titleOf(name: string): string {
  const { label } = infoOf(name)
  return label.charAt(0).toUpperCase() + label.slice(1)
}

export function isShare(name: string): boolean {
  return infoOf(name).unit === 'share'
}

/** "93.1 %", "0.412". */
export function formatMetric(name: string, value: number): string {
  return isShare(name) ? percent(value) : formatNumber(value)
}

/** A number from 0 on, to about three places that matter. */
export function formatNumber(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)
}

/** "+1.2 points", "−0.031", "unchanged" where nothing is left after rounding. */
export function formatChange(name: string, by: number): string {
  const size = isShare(name) ? (Math.abs(by) * 100).toFixed(1) : formatNumber(Math.abs(by))
  if (Number(size) === 0) return 'unchanged'
  return `${by > 0 ? '+' : '−'}${size}${isShare(name) ? ' points' : ''}`
}
