import { hostname } from 'node:os'
import type { Env } from '../../src/base/env.ts'
import type { Pulse, Receipt, Report } from '../../src/contract/index.ts'
import { loanedOf, pack, receiptOf, uniqueOf, unpack } from './codec.ts'
import type { Link } from './link.ts'
import { clock, quoted, type Row, type Sql } from './sql.ts'
import type { Tables } from './tables.ts'

export interface Session {
  s: number
  name: string
}

/** session.state: it lives; it was revoked and still has loans to take back; it is over. */
export const sessionStates = { lives: 0, revoked: 1, ended: 2 } as const

export async function openSession(link: Link, env: Env, leaseMs: number): Promise<Session> {
  const name = `${hostname()}:${process.pid}:${env.id()}`
  const until = `${clock} + ${Math.ceil(leaseMs)}`
  const values = `${quoted(pack(name))}, ${clock}, ${until}, ${Math.ceil(leaseMs)}, ''`
  const [, [row]] = (await link.run('open', [
    `insert into ${link.t.session} (name, opened, lease_until, lease, about) values (${values})`,
    `select s from ${link.t.session} where name = ${quoted(pack(name))}`,
  ])) as [Row[], Row[]]
  return { s: row![0] as number, name }
}

/** Whether it was not taken back. One past its lease lives until then. */
export const askAlive = (t: Tables, s: number): string =>
  `select s from ${t.session} where s = ${s} and state = ${sessionStates.lives}`

export async function isAlive(link: Link, { s }: Session): Promise<boolean> {
  const [rows = []] = await link.run('open', [askAlive(link.t, s)])
  return rows.length > 0
}

/** A new lease; whoever was accused of the death that did not come is free again. */
export const renew = (t: Tables, s: number): string =>
  `update ${t.session} set lease_until = ${clock} + lease, accused = null where s = ${s} and state = ${sessionStates.lives}`

/** Renew, write what the worker reports, and tell what it should know. */
export async function beat(sql: Sql, s: number, report: Report): Promise<Pulse> {
  const { t } = sql
  const { about, progress, unbegun = [] } = report
  const says = `about = ${quoted(pack(about))}, unbegun = ${unbegun.length === 0 ? 'null' : quoted(JSON.stringify(unbegun))}`
  const statements = [
    ...(report.renew ? [renew(t, s)] : []),
    `update ${t.session} set ${says} where s = ${s} and state = ${sessionStates.lives}`,
    ...progress.flatMap(({ receipt, value }) => noteProgress(t, receipt, value)),
  ]
  const answers = await sql.run([
    ...statements,
    askAlive(t, s),
    `select convert(name using utf8mb4) as qname from ${t.queue} where paused = 1 order by name`,
    `select straight_join f.loan, f.q, f.n, f.line, j.extra from ${t.wish} w join ${t.fate} f on f.q = w.q and f.n = w.n and f.s = w.s
       join ${t.job} j on j.q = f.q and j.n = f.n where w.s = ${s} and f.state = 1 and f.cancelling = 1 limit 1000`,
    `select cast(coalesce(sum(held), 0) as signed) as held from ${t.loan} where s = ${s}`,
  ])
  const [alive, queues, cancelled, held] = answers.slice(statements.length) as [Row[], Row[], Row[], Row[]]
  const paused = queues.map(([name]) => unpack(name as string))
  if (alive.length === 0) return { session: 'revoked', revoked: [], cancelled: [], paused }
  return {
    session: 'alive',
    revoked: [],
    cancelled: cancelled.map((row) => wishOf(s, row)),
    paused,
    held: held[0]![0] as number,
  }
}

function wishOf(s: number, [loan, q, n, line, extra]: Row): Receipt {
  const numbers = { s, loan, q, n, line } as { s: number; loan: number; q: number; n: number; line: number }
  return receiptOf({ ...numbers, keyed: uniqueOf(extra as string | null) !== undefined })
}

function noteProgress(t: Tables, receipt: Receipt, value: string): string[] {
  const loaned = loanedOf(receipt)
  if (loaned === undefined) return []
  const { q, n, s, loan } = loaned
  return [
    `update ${t.fate} set progress = ${quoted(pack(value))} where q = ${q} and n = ${n} and s = ${s} and loan = ${loan} and state = 1`,
  ]
}
