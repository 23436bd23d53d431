import type { JobRecord } from '../../src/index.ts'

/** A row of the table of effects. */
export interface Effect {
  job: string
  step: number
  token: string
}

/** What is wrong; nothing, where each job has each of its effects once, by the very run that is recorded as done. A pure function. */
export function faultsIn(ids: readonly string[], records: readonly JobRecord[], effects: readonly Effect[]): string[] {
  const faults: string[] = []
  const known = new Set(ids)
  const byJob = Map.groupBy(effects, ({ job }) => job)
  const byId = new Map(records.map((record) => [record.job.id, record]))
  for (const id of ids) {
    const record = byId.get(id)
    if (record?.state !== 'done') {
      faults.push(`${id} is ${record?.state ?? 'lost'}: ${record?.error ?? ''}`)
      continue
    }
    const result = JSON.parse(record.result ?? 'null') as unknown
    const mine = byJob.get(id) ?? []
    for (const step of [1, 2, 3]) {
      const rows = mine.filter((effect) => effect.step === step)
      if (rows.length !== 1) faults.push(`${id} has effect ${step} ${rows.length} times`)
      else if (step < 3 && rows[0]!.token !== result) {
        faults.push(`${id} is done by ${String(result)}, and has effect ${step} of ${rows[0]!.token}`)
      }
    }
  }
  for (const job of byJob.keys()) if (!known.has(job)) faults.push(`effects of ${job}, which nobody enqueued`)
  const notes = records.filter(({ job }) => job.name === 'note')
  if (notes.length !== ids.length) faults.push(`${notes.length} follow-ups of ${ids.length} jobs`)
  for (const { job, state } of notes) if (state !== 'done') faults.push(`the follow-up ${job.id} is ${state}`)
  return faults
}
