import type { Health } from '../contract/health.ts'

/** One worker process as a health check sees it. */
export interface WorkerHealth extends Health {
  pid: number
}

export interface HealthReport {
  /** Progress, not "the process is up": false when the store is silent or a backlog is not taken. */
  ok: boolean
  /** It takes jobs, or would: started, and neither draining nor stopped. */
  ready: boolean
  /** What is wrong, in words; empty when nothing is. */
  reasons: string[]
  workers: WorkerHealth[]
}

/** Whom the health routes ask: a worker of this process, or a supervisor that asks its processes. */
export type HealthSource = () => Promise<HealthReport>

/** The report of one worker of this process. */
export async function healthOfWorker(worker: { health(): Promise<Health> } | undefined): Promise<HealthReport> {
  if (worker === undefined) return { ok: true, ready: false, reasons: ['the worker is starting'], workers: [] }
  const health = await worker.health()
  const ready = health.state === 'running' || health.state === 'paused'
  return { ok: health.ok, ready, reasons: health.reasons, workers: [{ pid: process.pid, ...health }] }
}

/** All is well when all is well in each of them. `missing` says what keeps the others from answering. */
export function joined(reports: readonly HealthReport[], missing: readonly string[]): HealthReport {
  return {
    ok: missing.length === 0 && reports.every(({ ok }) => ok),
    ready: reports.some(({ ready }) => ready),
    reasons: [...missing, ...reports.flatMap(({ reasons }) => reasons)],
    workers: reports.flatMap(({ workers }) => workers),
  }
}
