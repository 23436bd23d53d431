/**
 * How long to wait before the next attempt.
 *
 * `fixed`: `baseMs` each time. `linear`: `baseMs` × attempt. `exponential`: `baseMs` × 2^(attempt − 1).
 * All are cut at `maxMs` (default 1 h). Jitter: `full` (default) is uniform in 0 … delay, `equal` is half plus a uniform
 * half, `none` is exact. After "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export type Backoff =
  | { kind: 'fixed' | 'linear' | 'exponential'; baseMs: number; maxMs?: number; jitter?: Jitter }
  | { kind: 'custom'; delayMs: (attempt: number, error: unknown) => number }

export type Jitter = 'none' | 'full' | 'equal'
