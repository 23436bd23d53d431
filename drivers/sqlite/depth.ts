import type { QueueDepth } from '../../src/contract/index.ts'
import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** Due jobs that nobody has promoted yet count as ready, up to this many. */
const dueMax = 10_000

/** Lines whose head is looked at for `oldestReadyMs`; with more groups than this it is the oldest of those served longest ago. */
const linesMax = 50

export function depthOf(unit: Unit, name: string): QueueDepth {
  const queue = unit.findQueue(name)
  const none = {
    queue: name,
    ready: 0,
    delayed: 0,
    blocked: 0,
    running: 0,
    done: 0,
    dead: 0,
    cancelled: 0,
    quarantined: 0,
  }
  if (queue === undefined) return { ...none, paused: false }
  const due = dueOf(unit, queue)
  const { delayed, running, done, dead, cancelled, quarantined, paused } = queue
  const depth: QueueDepth = {
    ...none,
    ready: queue.ready + due.count,
    delayed: Math.max(0, delayed - due.count),
    running,
    done,
    dead,
    cancelled,
    quarantined,
    paused,
  }
  const oldest = Math.min(due.oldest ?? Infinity, oldestReady(unit, queue))
  if (oldest < Infinity) depth.oldestReadyMs = Math.max(0, unit.nowMs - oldest)
  return depth
}

function dueOf(unit: Unit, { q, delayed }: Queue): { count: number; oldest: number | null } {
  if (delayed === 0) return { count: 0, oldest: null }
  const [count, oldest] = unit.sql.get<[number, number | null]>(
    `select count(*) as due, min(due) as oldest from
     (select due from fw_delayed where q = ? and due <= ? order by due limit ${dueMax})`,
    q,
    unit.nowMs,
  )!
  return { count, oldest }
}

/** Since when the oldest ready job is ready: the head of each priority of each line. */
function oldestReady(unit: Unit, queue: Queue): number {
  if (queue.ready === 0) return Infinity
  let oldest = Infinity
  for (const { line } of unit.linesWaiting(queue, linesMax)) {
    const [since] = unit.sql.get<[number | null]>(
      `with rank (rank) as (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))
       select min((select r.since from fw_ready r where r.line = ? and r.rank = rank.rank order by r.pos limit 1)) as since
       from rank`,
      line,
    )!
    oldest = Math.min(oldest, since ?? Infinity)
  }
  return oldest
}
