import type { Reservation, Reserved } from '../../src/contract/index.ts'
import { receiptOf, unpack, unpackGroup } from './codec.ts'
import { isAmong } from './ranges.ts'
import { jobOf } from './job-of.ts'
import type { Lending } from './loans.ts'
import type { Sql } from './sql.ts'

/** What the record of a reserve keeps of one job; the rest is read again where it is needed. */
export interface TakenJob {
  q: number
  n: number
  attempts: number
  crashes: number
  waitedMs: number
}

/** Jobs that came together look alike: `q,n,count,attempts,crashes,waitedMs` for each run of such, in their order. */
export function packTaken(jobs: readonly TakenJob[]): string {
  const runs: { first: TakenJob; count: number }[] = []
  for (const job of jobs) {
    const last = runs.at(-1)
    if (last !== undefined && continues(last, job)) last.count++
    else runs.push({ first: job, count: 1 })
  }
  return runs
    .map(({ first: { q, n, attempts, crashes, waitedMs }, count }) =>
      [q, n, count, attempts, crashes, waitedMs].join(','),
    )
    .join(';')
}

const continues = ({ first, count }: { first: TakenJob; count: number }, job: TakenJob): boolean =>
  job.q === first.q &&
  job.n === first.n + count &&
  job.attempts === first.attempts &&
  job.crashes === first.crashes &&
  job.waitedMs === first.waitedMs

function unpackTaken(text: string): TakenJob[] {
  if (text === '') return []
  return text.split(';').flatMap((run) => {
    const [q, n, count, attempts, crashes, waitedMs] = run.split(',').map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return Array.from({ length: count }, (_, i) => ({ q, n: n + i, attempts, crashes, waitedMs }))
  })
}

/** The answer of an earlier reserve again. Jobs that were settled and dropped, or removed, since then are left out: their receipts are stale. */
export async function recallReserved(sql: Sql, { s, loan }: Lending, record: string): Promise<Reserved> {
  const notes = unpackTaken(record)
  const qs = [...new Set(notes.map(({ q }) => q))]
  if (qs.length === 0) return { jobs: [], broken: [] }
  const answers = await sql.run(
    qs.map((q) =>
      askJobs(
        sql,
        q,
        notes.filter((note) => note.q === q),
      ),
    ),
  )
  const rows = new Map(answers.flat().map((row) => [`${row[0]}.${row[1]}`, row]))
  const jobs = notes.flatMap((note): Reservation[] => {
    const row = rows.get(`${note.q}.${note.n}`)
    if (row === undefined) return []
    const [, , line, prio, id, name, at, extra, body, queue, grp] = row as unknown as TakenRow
    const job = jobOf({ queue: unpack(queue), group: unpackGroup(grp), prio, id, name, extra, body })
    const { q, n, attempts, crashes, waitedMs } = note
    const receipt = receiptOf({ s, loan, q, n, line, keyed: job.unique !== undefined })
    return [{ receipt, job, attempts, crashes, enqueuedAtMs: at, waitedMs }]
  })
  return { jobs, broken: [] }
}

type TakenRow = [
  q: number,
  n: number,
  line: number,
  prio: number,
  id: string,
  name: string,
  at: number,
  extra: string | null,
  body: string,
  queue: string,
  grp: string,
]

function askJobs({ t }: Sql, q: number, notes: readonly TakenJob[]): string {
  const ns = notes.map(({ n }) => n)
  return `select straight_join j.q, j.n, j.line, j.prio, convert(j.id using utf8mb4) as id, convert(j.name using utf8mb4) as jname, j.at, j.extra, j.body,
      convert(q.name using utf8mb4) as qname, convert(i.grp using utf8mb4) as gname
    from ${t.job} j join ${t.queue} q on q.q = j.q join ${t.line} i on i.q = j.q and i.line = j.line
    where j.q = ${q} and ${isAmong('j.n', ns)}`
}
