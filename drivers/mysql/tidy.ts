import { removeOne } from './actions.ts'
import { callAgeMs } from './calls.ts'
import { findJobs, linesOfFound } from './jobs.ts'
import { sessionStates } from './session.ts'
import { clock, type Sql } from './sql.ts'
import type { Unit } from './unit.ts'

/** Rows of each kind that one call tidies away, at most. */
const tidyMax = 250
const sessionsMax = 50

/** Whether something is due for tidying: asked before anything is locked. */
export async function isTidyDue({ t, run }: Sql, deadAgeMs: number): Promise<boolean> {
  const [rows = []] = await run([
    `select 1 as due from dual where exists (select 1 from ${t.failed} where settled < ${clock} - ${deadAgeMs})
     or exists (select 1 from ${t.ukey} where until_at < ${clock}) or exists (select 1 from ${t.ledger} where until_at < ${clock})
     or exists (select 1 from ${t.session} where state = ${sessionStates.ended} and lease_until < ${clock} - ${callAgeMs})`,
  ])
  return rows.length > 0
}

/** Forget, a bounded piece a call: old failures, keys and records whose time is over, sessions that ended and what they called. */
export async function tidyInto(unit: Unit, deadAgeMs: number): Promise<void> {
  const { t, run } = unit.sql
  const [old = [], ended = []] = await run([
    `select q, n from ${t.failed} where settled < ${clock} - ${deadAgeMs} order by settled limit ${tidyMax}`,
    `select s from ${t.session} where state = ${sessionStates.ended} and lease_until < ${clock} - ${callAgeMs}
     order by state, lease_until limit ${sessionsMax}`,
  ])
  const byQueue = new Map<number, number[]>()
  for (const [q, n] of old as [number, number][]) byQueue.set(q, [...(byQueue.get(q) ?? []), n])
  await unit.ask([...unit.locking(byQueue.keys()), ...[...byQueue].flatMap(([q, ns]) => findJobs(unit, q, ns))])
  const lines = linesOfFound(unit)
  if (lines.length > 0) await unit.ask(lines)
  const isOld = (settledAtMs: number | undefined) => settledAtMs !== undefined && settledAtMs < unit.nowMs - deadAgeMs
  for (const job of [...unit.jobs.values()]) if ((job.state ?? 0) > 2 && isOld(job.settledAtMs)) removeOne(unit, job)
  await run([
    `delete from ${t.ukey} where until_at < ${clock} order by until_at limit ${tidyMax}`,
    `delete from ${t.ledger} where until_at < ${clock} order by until_at limit ${tidyMax}`,
    ...ended.flatMap(([s]) => forgetSession(unit.sql, s as number)),
  ])
}

/** A client that only enqueues calls on after its lease: its answers are remembered for as long as it does. */
function forgetSession({ t }: Sql, s: number): string[] {
  return [
    `delete from ${t.call} where s = ${s} and at < ${clock} - ${callAgeMs}`,
    `delete from ${t.wish} where s = ${s}`,
    `delete from ${t.session} where s = ${s} and not exists (select 1 from ${t.call} c where c.s = ${s})`,
  ]
}
