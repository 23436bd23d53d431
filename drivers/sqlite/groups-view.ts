import type { Env } from '../../src/base/env.ts'
import { groupDepthOf } from '../../src/base/limits-left.ts'
import type { GroupDepth } from '../../src/contract/index.ts'
import { unpackNumbers } from './codec.ts'
import type { Connection } from './connection.ts'
import { type Line, limitsOf } from './rows.ts'
import type { Sql } from './sql.ts'
import { Unit } from './unit.ts'

/** Lines of each kind (in the turns, parked, at their cap) that are put in order for one view. */
const linesMax = 20_000

/** Due jobs that nobody has promoted yet count as ready, up to this many. */
const dueMax = 10_000

/** Running jobs whose lines are looked up between two turns of the event loop. */
const sliceMax = 2_000

/** The groups of a queue with ready or running jobs, most ready ones first. */
export async function groupsOf(connection: Connection, env: Env, name: string, limit: number): Promise<GroupDepth[]> {
  const running = await connection.read((sql) => runningNow(sql, name))
  if (running === undefined) return []
  const counts = running instanceof Map ? running : await countRunning(connection, env, running.loans)
  return connection.read((sql) => {
    const unit = new Unit(sql)
    const queue = unit.findQueue(name)
    if (queue === undefined) return []
    const ready = readyByLine(unit, queue.q)
    // A loan does not say of which queue its jobs are.
    const all = new Set([...ready.keys(), ...counts.keys()])
    return [...all]
      .sort((a, b) => (ready.get(b) ?? 0) - (ready.get(a) ?? 0) || (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b)
      .values()
      .map((line) => unit.lineById(line))
      .filter((line) => line.queue === queue)
      .map((line) => depthOf(unit, line, ready.get(line.line) ?? 0, counts.get(line.line) ?? 0))
      .filter((depth) => depth.ready > 0 || depth.running > 0)
      .take(limit)
      .toArray()
  })
}

function depthOf({ nowMs }: Unit, line: Line, ready: number, running: number): GroupDepth {
  const { group, queue } = line
  const counts = { ...(group !== undefined && { group }), ready, running }
  const whole = { ...queue, limits: queue.limits ?? {} }
  return groupDepthOf(counts, { ...line, running, limits: limitsOf(line) }, whole, nowMs)
}

function readyByLine({ sql, nowMs }: Unit, q: number): Map<number, number> {
  const found = new Map<number, number>()
  for (const place of [1, 2, 3]) {
    const text = `select line, ready from fw_line where q = ? and place = ${place} limit ${linesMax}`
    for (const [line, ready] of sql.all<[number, number]>(text, q)) if (ready > 0) found.set(line, ready)
  }
  const due = `select line from fw_delayed where q = ? and due <= ? order by due limit ${dueMax}`
  for (const [line] of sql.all<[number]>(due, q, nowMs)) found.set(line, (found.get(line) ?? 0) + 1)
  return found
}

/** Where the queue counts them they are told at once; else all loans are. Undefined: there is no such queue. */
function runningNow(sql: Sql, name: string): Map<number, number> | { loans: [number, Float64Array][] } | undefined {
  const unit = new Unit(sql)
  const queue = unit.findQueue(name)
  if (queue === undefined) return undefined
  if (queue.running <= 0) return new Map()
  if (queue.counts) {
    const text = `select line, running from fw_line where q = ? and running > 0 limit ${linesMax}`
    return new Map(sql.all<[number, number]>(text, queue.q))
  }
  const loans = sql.all<[number, Uint8Array]>('select loan, ns from fw_loan')
  return { loans: loans.map(([loan, ns]) => [loan, unpackNumbers(ns)]) }
}

/** How many jobs of each line run, in slices. */
async function countRunning(
  connection: Connection,
  env: Env,
  loans: [number, Float64Array][],
): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (const [loan, ns] of loans) {
    for (let at = 0; at < ns.length; at += sliceMax) {
      const some = `[${ns.subarray(at, at + sliceMax).join(',')}]`
      const rows = await connection.read((sql) =>
        sql.all<[number]>(
          'select f.line from json_each(?) v cross join fw_fate f on f.n = v.value and f.loan = ?',
          some,
          loan,
        ),
      )
      for (const [line] of rows) counts.set(line, (counts.get(line) ?? 0) + 1)
      if (at > 0) await new Promise<void>((resolve) => env.immediate(resolve))
    }
  }
  return counts
}
