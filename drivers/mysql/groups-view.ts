import type { GroupDepth } from '../../src/contract/index.ts'
import { groupDepthOf } from '../../src/base/limits-left.ts'
import { stateCodes } from './codec.ts'
import type { QueueNames } from './queue-names.ts'
import { isAmong, unpackNumbers } from './ranges.ts'
import { type Line, lineColumns, lineOf, limitsOf, places, type Queue, queueColumns, queueOf } from './rows.ts'
import { clock, type Row, type Sql } from './sql.ts'

/** Due jobs that nobody has promoted yet count as ready, up to this many; so do those that came in other people's transactions. */
const dueMax = 10_000

/** Running jobs whose lines are counted in one statement. */
const sliceMax = 2_000

type Counts = Map<number, number>

/** The groups of a queue with ready or running jobs, most ready ones first. Nothing is locked. */
export async function groupsOf(sql: Sql, names: QueueNames, name: string, limit: number): Promise<GroupDepth[]> {
  await names.find(sql, [name])
  const q = names.of(name)
  if (q === undefined) return []
  const { t } = sql
  const [[[nowMs] = []], [row], most, due] = (await sql.run([
    `select ${clock} as now`,
    `select ${queueColumns} from ${t.queue} where q = ${q}`,
    `select line, ready from ${t.line} where q = ${q} and place > ${places.empty} order by ready desc limit ${limit}`,
    `(select line from ${t.delayed} where q = ${q} and due <= ${clock} order by q, due limit ${dueMax})
     union all (select line from ${t.arrival} where q = ${q} and (due is null or due <= ${clock}) limit ${dueMax})`,
  ])) as [Row[], Row[], Row[], Row[]]
  if (row === undefined) return []
  const queue = queueOf(row)
  const running = await runningOf(sql, queue)
  const ready: Counts = new Map(most as [number, number][])
  const dueCounts = countOf(due)
  const others = [...new Set([...dueCounts.keys(), ...running.keys()])].filter((line) => !ready.has(line))
  for (const [line, jobs] of await readyOf(sql, q, others)) ready.set(line, jobs)
  for (const [line, jobs] of dueCounts) ready.set(line, (ready.get(line) ?? 0) + jobs)
  const shown = [...new Set([...ready.keys(), ...running.keys()])]
    .map((line) => ({ line, ready: ready.get(line) ?? 0, running: running.get(line) ?? 0 }))
    .filter((counts) => counts.ready > 0 || counts.running > 0)
    .sort((a, b) => b.ready - a.ready || b.running - a.running || a.line - b.line)
    .slice(0, limit)
  const lines = await linesOf(
    sql,
    queue,
    shown.map(({ line }) => line),
  )
  return shown.flatMap((counts) => {
    const line = lines.get(counts.line)
    return line === undefined ? [] : [depthOf(line, counts, nowMs as number)]
  })
}

function depthOf(line: Line, { ready, running }: { ready: number; running: number }, nowMs: number): GroupDepth {
  const { queue, group } = line
  const counts = { ...(group !== undefined && { group }), ready, running }
  const whole = { ...queue, limits: queue.limits ?? {} }
  return groupDepthOf(counts, { ...line, running, limits: limitsOf(line) }, whole, nowMs)
}

const countOf = (rows: readonly Row[]): Counts => {
  const counts: Counts = new Map()
  for (const [line] of rows as [number][]) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

/** How many jobs of each line run: counted already where a cap needs it, else by what is on loan. */
async function runningOf({ t, run }: Sql, { q, running, counts }: Queue): Promise<Counts> {
  if (running <= 0) return new Map()
  if (counts) {
    const [rows = []] = await run([`select line, running from ${t.line} where q = ${q} and running > 0`])
    return new Map(rows as [number, number][])
  }
  const [loans = []] = await run([`select ns from ${t.loan} where q = ${q}`])
  const ns = loans.flatMap(([text]) => unpackNumbers(text as string))
  const found: Counts = new Map()
  for (let at = 0; at < ns.length; at += sliceMax) {
    const some = isAmong('n', ns.slice(at, at + sliceMax))
    const [rows = []] = await run([
      `select line, count(*) from ${t.fate} where q = ${q} and state = ${stateCodes.running} and ${some} group by line`,
    ])
    for (const [line, jobs] of rows as [number, number][]) found.set(line, (found.get(line) ?? 0) + jobs)
  }
  return found
}

async function readyOf({ t, run }: Sql, q: number, lines: readonly number[]): Promise<[number, number][]> {
  if (lines.length === 0) return []
  const [rows = []] = await run([`select line, ready from ${t.line} where q = ${q} and ${isAmong('line', lines)}`])
  return rows as [number, number][]
}

async function linesOf({ t, run }: Sql, queue: Queue, lines: readonly number[]): Promise<Map<number, Line>> {
  if (lines.length === 0) return new Map()
  const [rows = []] = await run([
    `select ${lineColumns} from ${t.line} where q = ${queue.q} and ${isAmong('line', lines)}`,
  ])
  return new Map(rows.map((row) => [row[1] as number, lineOf(row, queue)]))
}
