/**
 * From a received, hash-verified buffer to the exact sum, finite and bound checks and norm included, on one core.
 * `received`: updates of many clients, 256 MB of them together (at least four), each read once a turn, from vectors of
 * their own where the coordinator holds what it receives; memcpy copies the same vectors to as many buffers elsewhere.
 * `cached`: one update again and again, and memcpy between two buffers that stay in the cache. `from elsewhere`: what
 * lies in ordinary memory, and is copied first. `from a file`: as the coordinator reads what is too large to be held in
 * memory, tile by tile, from the system's cache of the disk.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Row } from '../benchmark.ts'

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000, 50_000_000]
const CACHED = 100_000
const POOL_BYTES = 256e6

export function speed(): Row[] {
  const rows = SIZES.flatMap((elements) => {
    const updates = Math.max(4, Math.ceil(POOL_BYTES / (elements * 4)))
    return compared(`${label(elements)}, received`, elements, updates)
  })
  for (const elements of SIZES)
    if (elements <= CACHED) rows.push(...compared(`${label(elements)}, cached`, elements, 1))
  return rows
}

/** What one case has made of the program's memory and of its compiled code is not the next one's. */
function compared(name: string, elements: number, count: number): Row[] {
  const program = fileURLToPath(new URL('./compare.ts', import.meta.url))
  const args = [...process.execArgv, program, name, `${elements}`, `${count}`]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

function label(elements: number): string {
  return elements >= 1e6 ? `${elements / 1e6} M parameters` : `${elements / 1e3} k parameters`
}
