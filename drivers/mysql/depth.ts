import type { QueueDepth } from '../../src/contract/index.ts'
import type { QueueNames } from './queue-names.ts'
import { places, queueColumns, queueOf } from './rows.ts'
import { clock, type Row, type Sql } from './sql.ts'

/** Due jobs that nobody has promoted yet count as ready, up to this many; so do those that came in other people's transactions. */
const dueMax = 10_000

/** Lines whose head is looked at for `oldestReadyMs`; with more groups than this it is the oldest of those served longest ago. */
const linesMax = 50

const none = {
  ready: 0,
  delayed: 0,
  blocked: 0,
  running: 0,
  done: 0,
  dead: 0,
  cancelled: 0,
  quarantined: 0,
  paused: false,
}

/** One trip for all queues. Nothing is locked: each statement sees what is committed then. */
export async function depths(sql: Sql, names: QueueNames, queues: readonly string[]): Promise<QueueDepth[]> {
  await names.find(sql, queues)
  const qs = [...new Set(queues.flatMap((queue) => names.of(queue) ?? []))]
  const statements = [`select ${clock} as now`, ...qs.flatMap((q) => statementsFor(sql, q))]
  const [[[nowMs = 0] = []], ...answers] = (await sql.run(statements)) as [Row[], ...Row[][]]
  const found = new Map(qs.map((q, i) => [q, depthOf(answers.slice(i * 4, i * 4 + 4), nowMs as number)]))
  return queues.map((queue) => {
    const q = names.of(queue)
    return { queue, ...none, ...(q !== undefined && found.get(q)) }
  })
}

function statementsFor({ t }: Sql, q: number): string[] {
  const oldestOf = (prio: number) =>
    `(select since from ${t.ready} r where r.q = ${q} and r.line = i.line and r.prio = ${prio} order by r.q, r.line, r.prio, r.pos limit 1)`
  const infinity = '9e15'
  const priorities = Array.from({ length: 10 }, (_, prio) => `coalesce(${oldestOf(prio)}, ${infinity})`)
  const someLines = places.empty + 1
  return [
    `select ${queueColumns} from ${t.queue} where q = ${q}`,
    `select count(*), min(due) from (select due from ${t.delayed} where q = ${q} and due <= ${clock} order by q, due limit ${dueMax}) d`,
    `select cast(coalesce(sum(due is null or due <= ${clock}), 0) as signed), cast(coalesce(sum(due > ${clock}), 0) as signed), min(at)
      from (select at, due from ${t.arrival} where q = ${q} limit ${dueMax}) a`,
    `select cast(min(least(${priorities.join(', ')})) as signed) from
      (select line from ${t.line} where q = ${q} and place >= ${someLines} order by q, place, turn limit ${linesMax}) i`,
  ]
}

function depthOf(answers: readonly Row[][], nowMs: number): Omit<QueueDepth, 'queue'> {
  const [row, due, arrived, head] = answers.map(([first]) => first)
  if (row === undefined) return none
  const { ready, delayed, running, done, dead, cancelled, quarantined, paused } = queueOf(row)
  const [dueCount, dueAtMs] = due as [number, number | null]
  const [arrivedReady, arrivedDelayed, arrivedAtMs] = arrived as [number, number, number | null]
  const oldest = Math.min(
    dueAtMs ?? Infinity,
    arrivedReady > 0 ? (arrivedAtMs ?? Infinity) : Infinity,
    (head?.[0] ?? Infinity) as number,
  )
  const depth = {
    ...none,
    ready: ready + dueCount + arrivedReady,
    delayed: Math.max(0, delayed - dueCount) + arrivedDelayed,
    running,
    done,
    dead,
    cancelled,
    quarantined,
    paused,
  }
  return oldest < 1e15 && depth.ready > 0 ? { ...depth, oldestReadyMs: Math.max(0, nowMs - oldest) } : depth
}
