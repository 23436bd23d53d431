import { defineJob, defineSchedule, unchecked } from 'fiber-work'

/** Keeps the event loop for longer than anybody should. */
export const report = defineJob(
  'render-report',
  { input: unchecked<{ month: string }>(), queue: 'reports', timeoutMs: 60_000 },
  ({ month }) => ({ month, rows: pivot(2_500) }),
)

export const often = defineSchedule('sales-report', report, { everyMs: 20_000, input: { month: '2026-11' } })
export const nightly = defineSchedule('month-end', report, {
  cron: '0 3 1 * *',
  timeZone: 'Europe/Berlin',
  input: { month: 'last' },
})

function pivot(forMs: number): number {
  const end = performance.now() + forMs
  let rows = 0
  while (performance.now() < end) rows++
  return rows
}
