import { stateCodes } from './codec.ts'
import { runningByLine } from './limits.ts'
import { unpackNumbers } from './ranges.ts'
import { atCap, places } from './rows.ts'
import type { Row } from './sql.ts'
import type { Unit } from './unit.ts'

/** Lines, and loans, looked at in one piece. */
const linesMax = 50
const loansMax = 20

export interface Audited {
  checked: number
  repaired: number
  cursor?: string
}

interface Piece {
  checked: number
  repaired: number
  /** Where to go on in this stage; undefined when it is at its end. */
  next?: number
}

/** What is audited of each queue, in this order; a cursor is a queue, a stage and where to go on in it. */
const stages = { places: auditPlaces, loans: auditLoans, lines: auditLines, counts: auditCounts }
type Stage = keyof typeof stages
const order = Object.keys(stages) as Stage[]

/**
 * Rebuild what is derived from the jobs themselves, a queue after the other: their places in `ready` and `delayed`, and the
 * counters. Needed after nothing that fiber-work does, since all of that is one transaction; after somebody else's hands in the tables.
 */
export async function auditPiece(unit: Unit, cursor?: string): Promise<Audited> {
  const [q = 0, stage = 'places', from = 0] = placeIn(cursor)
  const { t, run } = unit.sql
  const [rows = []] = await run([`select q from ${t.queue} where q >= ${q} order by q limit 2`])
  const here = rows[0]?.[0] as number | undefined
  if (here === undefined) return { checked: 0, repaired: 0 }
  await unit.ask(unit.locking([here]))
  const isSame = here === q
  const { checked, repaired, next } = await stages[isSame ? stage : 'places'](unit, here, isSame ? from : 0)
  const answer = { checked, repaired }
  if (next !== undefined) return { ...answer, cursor: `${here}:${stage}:${next}` }
  const following = order[order.indexOf(isSame ? stage : 'places') + 1]
  if (following !== undefined) return { ...answer, cursor: `${here}:${following}:0` }
  const after = rows[1]?.[0]
  return after === undefined ? answer : { ...answer, cursor: `${after}:places:0` }
}

function placeIn(cursor: string | undefined): [number?, Stage?, number?] {
  if (cursor === undefined) return []
  const [q, stage, from] = cursor.split(':')
  return [Number(q), stage as Stage, Number(from)]
}

/** How many jobs are looked at in one piece. */
const jobsMax = 500

/** Each waiting job is where its row says, each running one is held by a loan that exists. */
async function auditPlaces(unit: Unit, q: number, from: number): Promise<Piece> {
  const { t, run } = unit.sql
  const [jobs = []] = await run([
    `select n from ${t.job} where q = ${q} and n > ${from} order by q, n limit ${jobsMax}`,
  ])
  const last = jobs.at(-1)?.[0] as number | undefined
  const isLast = jobs.length < jobsMax
  const until = isLast ? Number.MAX_SAFE_INTEGER : last!
  const range = `between ${from + 1} and ${until}`
  const answers = await run([...lostJobs(unit, q, range), ...strayPlaces(unit, q, range)])
  const [lost = [], homeless = [], late = [], strayReady = [], strayDelayed = []] = answers
  await repairPlaces(unit, q, { lost, homeless, late, strayReady, strayDelayed })
  const repaired = answers.reduce((sum, rows) => sum + rows.length, 0)
  return { checked: jobs.length, repaired, ...(!isLast && { next: last! }) }
}

/** Running jobs without a loan, ready ones without a place, delayed ones without a place. */
function lostJobs({ sql: { t } }: Unit, q: number, range: string): string[] {
  const due = 'if(f.n is null, j.due, f.due)'
  const pos = 'if(f.n is null, j.n, coalesce(f.pos, j.n))'
  const waits = `from ${t.job} j left join ${t.fate} f on f.q = j.q and f.n = j.n left join ${t.arrival} a on a.q = j.q and a.n = j.n
    where j.q = ${q} and j.n ${range} and coalesce(f.state, 0) = 0 and a.n is null`
  const columns = `j.n, j.line, j.prio, coalesce(f.attempts, 0), coalesce(f.crashes, 0)`
  return [
    `select f.n, f.line, f.prio, f.attempts - 1, f.crashes, f.n as pos from ${t.fate} f where f.q = ${q} and f.n ${range} and f.state = ${stateCodes.running}
     and not exists (select 1 from ${t.loan} l where l.s = f.s and l.loan = f.loan and l.q = f.q)`,
    `select ${columns}, ${pos} as pos ${waits} and ${due} is null
     and not exists (select 1 from ${t.ready} r where r.q = j.q and r.line = j.line and r.prio = j.prio and r.pos = ${pos} and r.n = j.n)`,
    `select ${columns}, ${due} as due ${waits} and ${due} is not null
     and not exists (select 1 from ${t.delayed} d where d.q = j.q and d.due = ${due} and d.n = j.n)`,
  ]
}

/** Places that stand for a job that is not there. */
function strayPlaces({ sql: { t } }: Unit, q: number, range: string): string[] {
  return [
    `select r.line, r.prio, r.pos from ${t.ready} r left join ${t.job} j on j.q = r.q and j.n = r.n left join ${t.fate} f on f.q = r.q and f.n = r.n
     where r.q = ${q} and r.n ${range} and (j.n is null or coalesce(f.state, 0) <> 0 or j.line <> r.line or j.prio <> r.prio
       or if(f.n is null, j.due, f.due) is not null or if(f.n is null, j.n, coalesce(f.pos, j.n)) <> r.pos)`,
    `select d.due, d.n from ${t.delayed} d left join ${t.job} j on j.q = d.q and j.n = d.n left join ${t.fate} f on f.q = d.q and f.n = d.n
     where d.q = ${q} and d.n ${range} and (j.n is null or coalesce(f.state, 0) <> 0 or coalesce(if(f.n is null, j.due, f.due), 0) <> d.due)`,
  ]
}

async function repairPlaces(
  { sql: { t, run }, nowMs }: Unit,
  q: number,
  {
    lost,
    homeless,
    late,
    strayReady,
    strayDelayed,
  }: Record<'lost' | 'homeless' | 'late' | 'strayReady' | 'strayDelayed', Row[]>,
): Promise<void> {
  const statements = [
    ...strayReady.map(
      ([line, prio, pos]) =>
        `delete from ${t.ready} where q = ${q} and line = ${line} and prio = ${prio} and pos = ${pos}`,
    ),
    ...strayDelayed.map(([due, n]) => `delete from ${t.delayed} where q = ${q} and due = ${due} and n = ${n}`),
    ...lost.map(
      ([n, , , attempts]) =>
        `update ${t.fate} set state = 0, s = 0, loan = 0, attempts = ${attempts}, pos = ${n}, due = null where q = ${q} and n = ${n}`,
    ),
    ...[...lost, ...homeless].map(
      ([n, line, prio, attempts, crashes, pos]) =>
        `replace into ${t.ready} values (${[q, line, prio, pos, n, nowMs, attempts, crashes].join(',')})`,
    ),
    ...late.map(
      ([n, line, prio, attempts, crashes, due]) =>
        `replace into ${t.delayed} values (${[q, due, n, line, prio, attempts, crashes].join(',')})`,
    ),
  ]
  if (statements.length > 0) await run(statements)
}

/** Each loan knows how many of its jobs are unsettled; one without any is over. */
async function auditLoans(unit: Unit, q: number, from: number): Promise<Piece> {
  const { t, run } = unit.sql
  const [loans = []] = await run([
    `select s, loan, held, ns from ${t.loan} where q = ${q} order by s, loan limit ${from}, ${loansMax}`,
  ])
  let repaired = 0
  for (const [s, loan, held, ns] of loans as [number, number, number, string][]) {
    const [rows = []] = await run([
      `select count(*) from ${t.fate} where q = ${q} and n in (${unpackNumbers(ns).join(',')}) and s = ${s} and loan = ${loan} and state = ${stateCodes.running}`,
    ])
    const holds = rows[0]![0] as number
    if (holds === held && holds > 0) continue
    const which = `s = ${s} and loan = ${loan} and q = ${q}`
    await run([
      holds === 0 ? `delete from ${t.loan} where ${which}` : `update ${t.loan} set held = ${holds} where ${which}`,
    ])
    repaired++
  }
  return { checked: loans.length, repaired, ...(loans.length === loansMax && { next: from + loansMax }) }
}

/** What each line counts, and where it stands by that. */
async function auditLines(unit: Unit, q: number, from: number): Promise<Piece> {
  const { t, run } = unit.sql
  const [rows = []] = await run([
    `select line, (select count(*) from ${t.ready} r where r.q = i.q and r.line = i.line) from ${t.line} i
     where q = ${q} and line > ${from} order by q, line limit ${linesMax}`,
  ])
  if (rows.length === 0) return { checked: 0, repaired: 0 }
  await unit.ask([
    unit.linesByNumber(
      q,
      rows.map(([line]) => line as number),
    ),
  ])
  const queue = unit.queues.get(q)!
  const running = queue.counts ? await runningByLine(unit, q) : new Map<number, number>()
  let repaired = 0
  for (const [number, ready] of rows as [number, number][]) {
    const line = unit.lineBy(q, number)
    const runs = running.get(number) ?? 0
    const stands = ready > 0 === (line.place !== places.empty) && (line.place !== places.capped || atCap(line))
    if (ready === line.ready && runs === line.running && stands) continue
    queue.ready += ready - line.ready
    Object.assign(line, { running: runs, ready, dirty: true })
    unit.put(line, ready > 0 ? places.turns : places.empty)
    repaired++
  }
  return { checked: rows.length, repaired, ...(rows.length === linesMax && { next: rows.at(-1)![0] as number }) }
}

/** The counters of the queue, in one piece, because they are of one moment: a pass over its `fate` and `delayed`. */
async function auditCounts(unit: Unit, q: number): Promise<Piece> {
  const { t, run } = unit.sql
  const [fates = [], [lines] = [], [delayed] = []] = await run([
    `select state, count(*) from ${t.fate} where q = ${q} group by state`,
    `select cast(coalesce(sum(ready), 0) as signed) from ${t.line} where q = ${q}`,
    `select count(*) from ${t.delayed} where q = ${q}`,
  ])
  const queue = unit.queues.get(q)!
  const inState = (code: number): number => (fates.find(([state]) => state === code)?.[1] ?? 0) as number
  const counted = {
    ready: lines![0] as number,
    delayed: delayed![0] as number,
    running: inState(stateCodes.running),
    done: inState(stateCodes.done),
    dead: inState(stateCodes.dead),
    cancelled: inState(stateCodes.cancelled),
    quarantined: inState(stateCodes.quarantined),
  }
  let repaired = 0
  for (const [name, jobs] of Object.entries(counted) as [keyof typeof counted, number][]) {
    if (queue[name] === jobs) continue
    queue[name] = jobs
    repaired++
  }
  return { checked: 1, repaired }
}
