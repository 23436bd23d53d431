import type { Added, StoredJob } from '../../src/contract/index.ts'
import { packName, unpack } from './codec.ts'
import { dueAtMsOf, jobRow } from './enqueue.ts'
import { isDuplicate } from './errors.ts'
import { type Holder, keyRow } from './keys.ts'
import { clock, orNull, type Row, type Sql } from './sql.ts'
import type { Unit } from './unit.ts'

/** The number of each job, and where it will stand. */
export type Numbered = { q: number; line: number; n: number }[]

/** Nothing of these jobs depends on what is in the queue now. */
export const isSimple = (unit: Unit, jobs: readonly StoredJob[]): boolean =>
  jobs.every(({ queue, unique }) => unique?.mode !== 'replace' && unit.queueOf(queue).limits?.depthMax === undefined)

/**
 * Jobs that will stand before the door of their queue once the transaction commits. Of the store nothing is locked but their own
 * ids and keys.
 */
export async function arriveInto(sql: Sql, numbered: Numbered, jobs: readonly StoredJob[]): Promise<Added[]> {
  await sql.run(['savepoint fw_within'])
  for (let tries = 0; ; tries++) {
    try {
      return await arriveOnce(sql, numbered, jobs, tries > 0)
    } catch (error) {
      // Somebody took an id or a key since we looked.
      if (!isDuplicate(error) || tries === 3) throw error
      await sql.run(['rollback to savepoint fw_within'])
    }
  }
}

async function arriveOnce(
  sql: Sql,
  numbered: Numbered,
  jobs: readonly StoredJob[],
  isLocking: boolean,
): Promise<Added[]> {
  const { t } = sql
  const { nowMs, taken, holders, expired } = await look(sql, numbered, jobs, isLocking ? sql.lock : '')
  const rows = { job: [] as string[], ukey: [] as string[], arrival: [] as string[], old: [] as string[] }
  const added = jobs.map((job, i): Added => {
    const { id, unique } = job
    const { q, line, n } = numbered[i]!
    if (taken.has(id)) return { outcome: 'duplicate', id }
    const place = unique === undefined ? undefined : `${q}.${packName(unique.key)}`
    const holder = place === undefined ? undefined : holders.get(place)
    if (holder !== undefined) return { outcome: 'duplicate', id: unpack(holder.id) }
    taken.add(id)
    const dueAtMs = dueAtMsOf(nowMs, job.due)
    rows.job.push(jobRow(sql, nowMs, job, { q, line, n, dueAtMs }))
    rows.arrival.push(`(${q},${n},${line},${9 - job.priority},${nowMs},${orNull(dueAtMs)})`)
    if (unique !== undefined) {
      const untilMs = unique.forMs === undefined ? undefined : Math.ceil(nowMs + unique.forMs)
      const holds = { n, id: packName(id), untilMs }
      holders.set(place!, holds)
      if (expired.has(place!)) rows.old.push(`q = ${q} and ukey = ${sql.text(packName(unique.key))}`)
      rows.ukey.push(keyRow(sql, q, packName(unique.key), holds))
    }
    return { outcome: 'added', id }
  })
  const inserts: string[] = []
  if (rows.job.length > 0) {
    inserts.push(`insert into ${t.job} (q, n, id, line, prio, name, at, due, extra, body) values ${rows.job.join(',')}`)
    inserts.push(`insert into ${t.arrival} (q, n, line, prio, at, due) values ${rows.arrival.join(',')}`)
  }
  if (rows.ukey.length > 0) {
    if (rows.old.length > 0) inserts.push(`delete from ${t.ukey} where (${rows.old.join(') or (')})`)
    inserts.push(`insert into ${t.ukey} (q, ukey, n, id, until_at) values ${rows.ukey.join(',')}`)
  }
  await sql.run(inserts)
  return added
}

interface Looked {
  nowMs: number
  taken: Set<string>
  holders: Map<string, Holder>
  /** Keys that nobody holds any more, but whose row is there. */
  expired: Set<string>
}

/**
 * Who is there already. Without a lock at first: a transaction at REPEATABLE READ would lock the gaps between ids, and hold up
 * everybody who enqueues. What has come meanwhile the index refuses, and the second look is one that sees it.
 */
async function look(sql: Sql, numbered: Numbered, jobs: readonly StoredJob[], lock: string): Promise<Looked> {
  const { t, text } = sql
  const keyed = jobs.flatMap(({ unique }, i) =>
    unique === undefined ? [] : [{ q: numbered[i]!.q, key: packName(unique.key) }],
  )
  const [[[nowMs = 0] = []], ids] = (await sql.run([
    `select ${clock} as now`,
    `select convert(id using utf8mb4) as known from ${t.job} where id in (${jobs.map(({ id }) => text(packName(id))).join(',')})${lock}`,
  ])) as [Row[], Row[]]
  const holders = new Map<string, Holder>()
  const expired = new Set<string>()
  const now = Number(nowMs)
  for (const q of new Set(keyed.map((each) => each.q))) {
    const keys = keyed.filter((each) => each.q === q).map(({ key }) => text(key))
    const [rows = []] = await sql.run([
      `select convert(ukey using utf8mb4) as held, n, convert(id using utf8mb4) as holder, until_at from ${t.ukey}
       where q = ${q} and ukey in (${keys.join(',')})${lock}`,
    ])
    for (const [key, n, id, untilMs] of rows as [string, number, string, number | null][]) {
      if (untilMs !== null && untilMs <= now) expired.add(`${q}.${key}`)
      else holders.set(`${q}.${key}`, { n, id, untilMs: untilMs ?? undefined })
    }
  }
  return { nowMs: now, taken: new Set(ids.map(([id]) => unpack(id as string))), holders, expired }
}
