export function run(
  file: string,
  args: readonly string[],
  options?: {
    readonly cwd?: string
    readonly output?: 'inherit' | 'stderr' | 'capture'
    readonly shell?: boolean
    readonly env?: object
    readonly limitMs?: number
  },
): Promise<{ readonly code: number; readonly text: string; readonly timedOut: boolean }>
