import { systemEnv } from '../base/env.ts'

const lingerMs = 300

/**
 * End with this code as soon as nothing is left to do; what a user's module left open (a pool, an interval) may hold the
 * process for a moment only.
 */
export function leave(code: number | string | null | undefined): void {
  process.exitCode = code ?? 0
  systemEnv.setTimer(() => process.exit(), lingerMs, 'idle')
}

/** A reader that went away (`| head`) or a terminal that was closed is no reason to die of an exception. */
export function survivePipes(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exitCode ??= 0
  })
  process.stderr.on('error', () => {})
}
