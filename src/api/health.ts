import type { Fleet } from '../contract/fleet.ts'
import type { Health } from '../contract/health.ts'

/** One worker process as a health check sees it. */
export interface WorkerHealth extends Health {
  pid: number
}

export interface HealthReport {
  /** Progress, not "the process is up": false when the store is silent, a backlog is not taken, or a process is missing. */
  ok: boolean
  /** It takes jobs, or would: one is started, and neither draining nor stopped. */
  ready: boolean
  /** What is wrong, in words; empty when nothing is. */
  reasons: string[]
  workers: WorkerHealth[]
}

/** Whom the health routes ask. */
export type HealthSource = () => Promise<HealthReport>

/** All is well when all is well in each of the worker processes, and none is missing. */
export async function healthOfFleet(fleet: Pick<Fleet, 'ask'>): Promise<HealthReport> {
  const { answers, missing } = await fleet.ask('health', undefined)
  const workers = answers.map(({ pid, answer }) => ({ pid, ...answer }))
  return {
    ok: missing.length === 0 && workers.every(({ ok }) => ok),
    ready: workers.some(({ state }) => state === 'running' || state === 'paused'),
    reasons: [...missing, ...workers.flatMap(({ reasons }) => reasons)],
    workers,
  }
}
