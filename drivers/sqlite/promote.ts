import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** Delayed jobs that become ready in one transaction, at most. */
const promoteMax = 1_000

type DelayedRow = [due: number, n: number, line: number, rank: number, attempts: number, crashes: number]

/** Delayed jobs that are due become ready, oldest due time first, behind those that are ready already. */
export function promote(unit: Unit, queue: Queue, wanted: number): void {
  const { sql, nowMs } = unit
  const rows = sql.all<DelayedRow>(
    'select due, n, line, rank, attempts, crashes from fw_delayed where q = ? and due <= ? order by due, n limit ? + 0',
    queue.q,
    nowMs,
    Math.min(promoteMax, wanted + 250),
  )
  const last = rows.at(-1)
  if (last === undefined) return
  for (const [due, n, line, rank, attempts, crashes] of rows) {
    const pos = unit.next()
    sql.run('insert into fw_ready values (?, ?, ?, ?, ?, ?, ?)', line, rank, pos, n, due, attempts, crashes)
    sql.run(
      'insert into fw_fate (n, line, state, pos) values (?, ?, 0, ?) on conflict (n) do update set pos = excluded.pos, due = null',
      n,
      line,
      pos,
    )
    unit.ready(unit.lineById(line), 1)
  }
  sql.run('delete from fw_delayed where q = ? and (due, n) <= (?, ?)', queue.q, last[0], last[1])
  queue.delayed -= rows.length
}
