import { describe, expect, it } from 'vitest'
import { type Backoff, backoffMs } from './backoff.ts'

const half = () => 0.5

describe('backoffMs', () => {
  it.each<[string, Backoff, number[]]>([
    ['fixed', { kind: 'fixed', baseMs: 100, jitter: 'none' }, [100, 100, 100, 100]],
    ['linear', { kind: 'linear', baseMs: 100, jitter: 'none' }, [100, 200, 300, 400]],
    ['exponential', { kind: 'exponential', baseMs: 100, jitter: 'none' }, [100, 200, 400, 800]],
    ['cut at maxMs', { kind: 'exponential', baseMs: 100, maxMs: 300, jitter: 'none' }, [100, 200, 300, 300]],
    ['equal jitter keeps at least half', { kind: 'fixed', baseMs: 100, jitter: 'equal' }, [75, 75, 75, 75]],
    ['full jitter by default', { kind: 'fixed', baseMs: 100 }, [50, 50, 50, 50]],
    ['custom', { kind: 'custom', delayMs: (attempt) => attempt * 7.4 }, [7, 15, 22, 30]],
  ])('%s', (_name, backoff, expected) => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(backoff, attempt, half))).toEqual(expected)
  })

  it('is cut at an hour by default, also far beyond what a number of attempts can make of it', () => {
    expect(backoffMs({ kind: 'exponential', baseMs: 1_000, jitter: 'none' }, 1_000, half)).toBe(3_600_000)
  })

  it('hands the error to a custom backoff, and refuses an answer that is no delay', () => {
    const seen: unknown[] = []
    backoffMs({ kind: 'custom', delayMs: (_attempt, error) => (seen.push(error), 1) }, 1, half, 'why')
    expect(seen).toEqual(['why'])
    for (const bad of [NaN, -1, Infinity, '5' as never]) {
      expect(() => backoffMs({ kind: 'custom', delayMs: () => bad }, 1, half)).toThrow(/FW_JOB_INVALID|milliseconds/)
    }
  })
})
