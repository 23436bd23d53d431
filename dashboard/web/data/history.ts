import { api } from './api.ts'
import { useResource } from './resource.ts'

export const ranges = {
  hour: { title: '1 hour', ms: 3_600_000, stepMs: 60_000 },
  day: { title: '1 day', ms: 86_400_000, stepMs: 600_000 },
  week: { title: '1 week', ms: 7 * 86_400_000, stepMs: 3_600_000 },
} as const
export type Range = keyof typeof ranges

/** What was, minute by minute or hour by hour. */
export function useHistory(range: Range, queue?: string) {
  const { ms, stepMs } = ranges[range]
  return useResource(
    () =>
      api.workers.history({
        from: new Date(Date.now() - ms).toISOString(),
        stepMs,
        ...(queue !== undefined && { queue }),
      }),
    ['history', range, queue],
    { everyMs: Math.max(15_000, stepMs / 10) },
  )
}
