import type { Want } from '../../src/contract/index.ts'
import { allowanceOf } from './groups.ts'
import type { QueueNames } from './queue-names.ts'
import { places, queueColumns, queueOf } from './rows.ts'
import { clock, type Row, type Sql } from './sql.ts'

export interface Outlook {
  now: boolean
  /** How long until time alone may bring something (Infinity: not before somebody writes). */
  wakeInMs: number
  /** Queues of which one line alone has ready jobs, and that line. */
  only: ReadonlyMap<number, number>
}

/** What else is asked in the same trip. */
export interface Aside {
  text: string
  take: (rows: Row[]) => void
}

/** Whether a reserve would find something now, and else when. One trip, that locks nothing. */
export async function outlook(
  sql: Sql,
  names: QueueNames,
  { demand }: Pick<Want, 'demand'>,
  aside: Aside[],
): Promise<Outlook> {
  const { t } = sql
  await names.find(
    sql,
    demand.map(({ queue }) => queue),
  )
  const qs = [...new Set(demand.flatMap(({ queue }) => names.of(queue) ?? []))]
  const questions = [
    `select ${clock} as now`,
    ...qs.flatMap((q) => [
      `select ${queueColumns} from ${t.queue} where q = ${q}`,
      `select (select line from ${t.line} where q = ${q} and place = ${places.turns} limit 1) as line,
        (select line from ${t.line} where q = ${q} and place = ${places.turns} limit 1 offset 1) as other,
        (select due from ${t.delayed} where q = ${q} order by q, due limit 1) as due,
        (select wake from ${t.line} where q = ${q} and place = ${places.parked} order by q, place, wake limit 1) as wake,
        (select n from ${t.arrival} where q = ${q} limit 1) as arrived`,
    ]),
  ]
  const answers = await sql.run([...aside.map(({ text }) => text), ...questions])
  aside.forEach(({ take }, i) => take(answers[i]!))
  const [[[nowMs = 0] = []], ...rest] = answers.slice(aside.length) as [Row[], ...Row[][]]
  let wakeInMs = Infinity
  const only = new Map<number, number>()
  for (let at = 0; at < rest.length; at += 2) {
    const [row] = rest[at]!
    if (row === undefined) continue
    const seen = rest[at + 1]![0]!
    wakeInMs = Math.min(wakeInMs, wakeOf(row, seen, nowMs as number))
    const [line, other] = seen
    if (typeof line === 'number' && other === null) only.set(row[0] as number, line)
  }
  return { now: wakeInMs <= 0, wakeInMs, only }
}

function wakeOf(queue: Row, [line, , due, wake, arrived]: Row, nowMs: number): number {
  const allowance = allowanceOf(queueOf(queue), nowMs)
  const isReady = line != null || arrived != null
  const readyAtMs = isReady ? 0 : Math.min((due ?? Infinity) as number, (wake ?? Infinity) as number)
  return Math.max(allowance.wakeAtMs, readyAtMs) - nowMs
}
