import type { Reservation, Reserved, StoredJob, Want } from '../../src/contract/index.ts'
import { extraIn, packNumbers, receiptOf, type Stored, unpack, unpackNumbers } from './codec.ts'
import { allowanceOf, shareOut } from './groups.ts'
import { promote } from './promote.ts'
import type { Line, Queue } from './rows.ts'
import type { Unit } from './unit.ts'

type ReadyRow = [
  n: number,
  rank: number,
  pos: number,
  since: number,
  attempts: number,
  crashes: number,
  id: Stored | null,
  name: Stored,
  at: number,
  extra: string | null,
  body: Stored,
]
/** The head of a line: by priority, then first in, first out. */
export const selectReady = `select r.n, r.rank, r.pos, r.since, r.attempts, r.crashes, j.id, j.name, j.at, j.extra, j.body
  from fw_ready r left join fw_job j on j.n = r.n where r.line = ? order by r.rank, r.pos limit ? + 0`
export const markRunning = `insert into fw_fate (n, line, state, loan, attempts, crashes, started)
  select n, line, 1, ?, attempts + 1, crashes, ? from fw_ready where line = ? order by rank, pos limit ? + 0
  on conflict (n) do update set state = 1, loan = excluded.loan, attempts = excluded.attempts, crashes = excluded.crashes,
  started = excluded.started, pos = null, due = null, progress = null`
export const leaveReady = 'delete from fw_ready where line = ? and (rank, pos) <= (?, ?)'

/** The numbers of a loan as the call remembers them: the loan, then these for each job. */
const fields = 4

/** Take jobs on loan, in this transaction. The record is what `recallReserved` needs to give the same answer again. */
export function reserveInto(
  unit: Unit,
  s: number,
  want: Pick<Want, 'demand' | 'limit'>,
): { reserved: Reserved; record: Uint8Array } {
  const loan = unit.next()
  const reserved: Reserved = { jobs: [], broken: [] }
  const record = [loan]
  const ns: number[] = []
  for (const { queue: name, limit } of want.demand) {
    const queue = unit.findQueue(name)
    const left = Math.min(limit, want.limit - reserved.jobs.length)
    if (queue === undefined || left <= 0) continue
    promote(unit, queue, left)
    for (const { n, reservation } of takeFrom(unit, queue, left, loan, reserved.broken)) {
      reserved.jobs.push(reservation)
      record.push(n, reservation.attempts, reservation.crashes, reservation.waitedMs)
      ns.push(n)
    }
  }
  if (ns.length > 0) {
    unit.sql.run('insert into fw_loan (loan, s, open, ns) values (?, ?, ?, ?)', loan, s, ns.length, packNumbers(ns))
  }
  return { reserved, record: packNumbers(record) }
}

interface Taken {
  n: number
  reservation: Reservation
}

function takeFrom(unit: Unit, queue: Queue, limit: number, loan: number, broken: string[]): Taken[] {
  const taken = new Map<Line, Taken[]>()
  const order = shareOut(unit, queue, limit, (line, count) => {
    const goneBefore = broken.length
    const found = takeHead(unit, line, count, loan, broken)
    const before = taken.get(line)
    if (before === undefined) taken.set(line, found)
    else before.push(...found)
    return { left: found.length + broken.length - goneBefore, taken: found.length }
  })
  if (taken.size === 1) return [...taken.values()][0]!
  const next = new Map<Line, number>()
  return order.map((line) => {
    const at = next.get(line) ?? 0
    next.set(line, at + 1)
    return taken.get(line)![at]!
  })
}

/** Move the first jobs of a line from ready to running. */
function takeHead(unit: Unit, line: Line, count: number, loan: number, broken: string[]): Taken[] {
  const { sql, nowMs } = unit
  const rows = sql.all<ReadyRow>(selectReady, line.line, count)
  const last = rows.at(-1)
  if (last === undefined) return []
  sql.run(markRunning, loan, nowMs, line.line, count)
  sql.run(leaveReady, line.line, last[1], last[2])
  const taken: Taken[] = []
  for (const row of rows) {
    const [n, rank, , since, attempts, crashes, id, name, enqueuedAtMs, extra, body] = row
    if (id === null) {
      sql.run('delete from fw_fate where n = ?', n)
      broken.push(String(n))
      continue
    }
    const job = jobOf(line.queue.name, line.group, rank, id, name, extra, body)
    const receipt = receiptOf(loan, n, line.line, line.queue.q, job.unique !== undefined)
    const waitedMs = Math.max(0, nowMs - since)
    taken.push({ n, reservation: { receipt, job, attempts: attempts + 1, crashes, enqueuedAtMs, waitedMs } })
  }
  return taken
}

/** A job as it was enqueued, `due` aside. */
export function jobOf(
  queue: string,
  group: string | undefined,
  rank: number,
  id: Stored,
  name: Stored,
  extra: string | null,
  body: Stored,
): StoredJob {
  const job: StoredJob = { id: unpack(id), queue, name: unpack(name), priority: 9 - rank, body: unpack(body) }
  if (group !== undefined) job.group = group
  if (extra !== null) Object.assign(job, extraIn(extra))
  return job
}

/** The answer of an earlier reserve again. */
export function recallReserved(unit: Unit, record: Stored): Reserved {
  const [loan, ...numbers] = unpackNumbers(record as Uint8Array)
  const jobs: Reservation[] = []
  for (let at = 0; at < numbers.length; at += fields) {
    const [n, attempts, crashes, waitedMs] = numbers.slice(at, at + fields) as [number, number, number, number]
    const row = unit.sql.get<[number, number, Stored, Stored, number, string | null, Stored]>(
      'select line, rank, id, name, at, extra, body from fw_job where n = ?',
      n,
    )
    // Settled and dropped, or removed, since then: its receipt would be stale.
    if (row === undefined) continue
    const line = unit.lineById(row[0])
    const job = jobOf(line.queue.name, line.group, row[1], row[2], row[3], row[5], row[6])
    const receipt = receiptOf(loan!, n, line.line, line.queue.q, job.unique !== undefined)
    jobs.push({ receipt, job, attempts, crashes, enqueuedAtMs: row[4], waitedMs })
  }
  return { jobs, broken: [] }
}

/** Whether a reserve would find something now, and else when next (Infinity: not before somebody writes). It only reads. */
export function outlook(unit: Unit, want: Pick<Want, 'demand'>): { now: boolean; wakeAtMs: number } {
  let wakeAtMs = Infinity
  for (const { queue: name } of want.demand) {
    const queue = unit.findQueue(name)
    if (queue === undefined) continue
    const allowance = allowanceOf(queue, unit.nowMs)
    if (allowance.wakeAtMs === Infinity) continue
    const [line, due, wake] = unit.sql.get<[number | null, number | null, number | null]>(
      `select (select line from fw_line where q = ?1 and place = 1 limit 1) as line,
        (select due from fw_delayed where q = ?1 order by due limit 1) as due,
        (select wake from fw_line where q = ?1 and place = 2 order by wake limit 1) as wake`,
      queue.q,
    )!
    const readyAtMs = line === null ? Math.min(due ?? Infinity, wake ?? Infinity) : 0
    const nextMs = Math.max(allowance.wakeAtMs, readyAtMs)
    if (nextMs <= unit.nowMs) return { now: true, wakeAtMs: unit.nowMs }
    wakeAtMs = Math.min(wakeAtMs, nextMs)
  }
  return { now: false, wakeAtMs }
}
