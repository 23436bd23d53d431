import { stateCodes, unpackNumbers } from './codec.ts'
import { findByN, isWaiting } from './jobs.ts'
import { runningByLine } from './limits.ts'
import { atCap, places } from './rows.ts'
import type { Unit } from './unit.ts'

/** Rows looked at in one piece. */
const pieceMax = 500

export interface Audited {
  checked: number
  repaired: number
  cursor?: string
}

/** What is audited, in this order; a cursor is a stage and where to go on in it. */
const stages = {
  jobs: auditJobs,
  ready: auditReady,
  delayed: auditDelayed,
  loans: auditLoans,
  lines: auditLines,
  queues: auditQueues,
}
type Stage = keyof typeof stages
const order = Object.keys(stages) as Stage[]

interface Piece {
  checked: number
  repaired: number
  /** Where to go on; undefined when the stage is at its end. */
  next?: number[] | undefined
}

/**
 * Rebuild what is derived from the jobs themselves: their places in fw_ready and fw_delayed, and the counters. Needed after
 * nothing that fiber-work does, since all of that is one transaction; after somebody else's hands in the file.
 */
export function auditPiece(unit: Unit, cursor?: string): Audited {
  const [stage, ...from] = (cursor ?? 'jobs').split(':')
  const found = stages[stage as Stage](unit, from.map(Number))
  const { checked, repaired, next } = found
  if (next !== undefined) return { checked, repaired, cursor: [stage, ...next].join(':') }
  const following = order[order.indexOf(stage as Stage) + 1]
  return { checked, repaired, ...(following === undefined ? {} : { cursor: following }) }
}

/** Each waiting job is where its row says, each running one is held by a loan that exists. */
function auditJobs(unit: Unit, [after = 0]: number[]): Piece {
  const rows = unit.sql.all<[number]>('select n from fw_job where n > ? order by n limit ? + 0', after, pieceMax)
  let repaired = 0
  for (const [n] of rows) if (repairJob(unit, n)) repaired++
  return { checked: rows.length, repaired, next: rows.length < pieceMax ? undefined : [rows.at(-1)![0]] }
}

function repairJob(unit: Unit, n: number): boolean {
  const { sql, nowMs } = unit
  const job = findByN(unit, n)!
  const { line, rank, pos, dueAtMs, attempts, crashes } = job
  if (job.state === stateCodes.running) {
    if (sql.get('select 1 from fw_loan where loan = ?', job.loan) !== undefined) return false
    sql.run('update fw_fate set state = 0, loan = 0, attempts = attempts - 1, pos = ?, due = null where n = ?', n, n)
    return putReady(n, attempts - 1)
  }
  if (!isWaiting(job)) return false
  if (dueAtMs === undefined) {
    const holder = sql.get<[number]>(
      'select n from fw_ready where line = ? and rank = ? and pos = ?',
      line.line,
      rank,
      pos,
    )
    return holder?.[0] === n ? false : putReady(pos, attempts)
  }
  const written = sql.run(
    'insert or ignore into fw_delayed (q, due, n, line, rank, attempts, crashes) values (?, ?, ?, ?, ?, ?, ?)',
    ...[line.queue.q, dueAtMs, n, line.line, rank, attempts, crashes],
  )
  return written > 0

  function putReady(at: number, attemptsThen: number): boolean {
    sql.run(
      'insert or replace into fw_ready values (?, ?, ?, ?, ?, ?, ?)',
      line.line,
      rank,
      at,
      n,
      nowMs,
      attemptsThen,
      crashes,
    )
    return true
  }
}

/** No row in fw_ready stands for a job that is not ready there. */
function auditReady(unit: Unit, [line = 0, rank = 0, pos = 0]: number[]): Piece {
  const rows = unit.sql.all<[number, number, number, number]>(
    'select line, rank, pos, n from fw_ready where (line, rank, pos) > (?, ?, ?) order by line, rank, pos limit ? + 0',
    line,
    rank,
    pos,
    pieceMax,
  )
  let repaired = 0
  for (const [atLine, atRank, atPos, n] of rows) {
    const job = findByN(unit, n)
    const stands = job !== undefined && isWaiting(job) && job.dueAtMs === undefined && job.pos === atPos
    if (stands && job.line.line === atLine && job.rank === atRank) continue
    unit.sql.run('delete from fw_ready where line = ? and rank = ? and pos = ?', atLine, atRank, atPos)
    repaired++
  }
  return { checked: rows.length, repaired, next: rows.length < pieceMax ? undefined : rows.at(-1)!.slice(0, 3) }
}

function auditDelayed(unit: Unit, [q = 0, due = 0, after = 0]: number[]): Piece {
  const rows = unit.sql.all<[number, number, number]>(
    'select q, due, n from fw_delayed where (q, due, n) > (?, ?, ?) order by q, due, n limit ? + 0',
    q,
    due,
    after,
    pieceMax,
  )
  let repaired = 0
  for (const [atQ, atDue, n] of rows) {
    const job = findByN(unit, n)
    if (job !== undefined && isWaiting(job) && job.dueAtMs === atDue && job.line.queue.q === atQ) continue
    unit.sql.run('delete from fw_delayed where q = ? and due = ? and n = ?', atQ, atDue, n)
    repaired++
  }
  return { checked: rows.length, repaired, next: rows.length < pieceMax ? undefined : rows.at(-1)! }
}

/** Each loan knows how many of its jobs are unsettled; one without any is over. */
function auditLoans(unit: Unit, [after = 0]: number[]): Piece {
  const rows = unit.sql.all<[number, number, Uint8Array]>(
    'select loan, open, ns from fw_loan where loan > ? order by loan limit 20',
    after,
  )
  let repaired = 0
  for (const [loan, open, ns] of rows) {
    const held = unpackNumbers(ns).filter(
      (n) => unit.sql.get('select 1 from fw_fate where n = ? and loan = ?', n, loan) !== undefined,
    ).length
    if (held === open && held > 0) continue
    if (held === 0) unit.sql.run('delete from fw_loan where loan = ?', loan)
    else unit.sql.run('update fw_loan set open = ? where loan = ?', held, loan)
    repaired++
  }
  return { checked: rows.length, repaired, next: rows.length < 20 ? undefined : [rows.at(-1)![0]] }
}

/** What each line counts, and where it stands by that. One line with a million ready jobs takes some 30 ms. */
function auditLines(unit: Unit, [after = 0]: number[]): Piece {
  const rows = unit.sql.all<[number]>('select line from fw_line where line > ? order by line limit 50', after)
  const lines = rows.map(([line]) => unit.lineById(line))
  const running = lines.some(({ queue }) => queue.counts) ? runningByLine(unit) : undefined
  let repaired = 0
  for (const line of lines) {
    const [ready] = unit.sql.get<[number]>('select count(*) as ready from fw_ready where line = ?', line.line)!
    const runs = line.queue.counts ? (running?.get(line.line) ?? 0) : 0
    const stands = ready > 0 === (line.place !== places.empty) && (line.place !== places.capped || atCap(line))
    if (ready === line.ready && runs === line.running && stands) continue
    line.running = runs
    line.queue.ready += ready - line.ready
    line.ready = ready
    line.dirty = true
    unit.put(line, ready > 0 ? places.turns : places.empty)
    repaired++
  }
  return { checked: rows.length, repaired, next: rows.length < 50 ? undefined : [rows.at(-1)![0]] }
}

/** The counters of the queues, in one piece, because they are of one moment: a pass over fw_fate and fw_delayed. */
function auditQueues(unit: Unit): Piece {
  const { sql } = unit
  const queues = sql.all<[number]>('select q from fw_queue').map(([q]) => unit.queueById(q))
  const fates = sql.all<[number, number, number]>(
    'select i.q, f.state, count(*) as jobs from fw_fate f join fw_line i on i.line = f.line group by i.q, f.state',
  )
  let repaired = 0
  for (const queue of queues) {
    const inState = (state: number): number => fates.find(([q, code]) => q === queue.q && code === state)?.[2] ?? 0
    const counted = {
      ready: sql.get<[number]>('select coalesce(sum(ready), 0) as ready from fw_line where q = ?', queue.q)![0],
      delayed: sql.get<[number]>('select count(*) as delayed from fw_delayed where q = ?', queue.q)![0],
      running: inState(stateCodes.running),
      done: inState(stateCodes.done),
      dead: inState(stateCodes.dead),
      cancelled: inState(stateCodes.cancelled),
      quarantined: inState(stateCodes.quarantined),
    }
    for (const [name, jobs] of Object.entries(counted) as [keyof typeof counted, number][]) {
      if (queue[name] === jobs) continue
      queue[name] = jobs
      repaired++
    }
  }
  return { checked: queues.length, repaired }
}
