import { limitsLeft } from '../../src/base/limits-left.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits } from '../../src/contract/index.ts'
import { packName, stateCodes, unpackGroup } from './codec.ts'
import type { Link } from './link.ts'
import { asText, clock, quoted, type Row } from './sql.ts'
import { places, type Queue, queueColumns, queueOf, settingsOf } from './rows.ts'
import { unpackNumbers } from './ranges.ts'
import type { Unit } from './unit.ts'

/** Limits are kept beside the queues and lines that they bind, and looked at where jobs are taken (groups.ts). */
export class MysqlLimits implements Limits {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean> {
    const link = this.#link()
    const group = typeof scope === 'object' ? [scope.group] : []
    return link.transact(
      'limits',
      async (unit) => {
        const q = link.names.of(queue)!
        await unit.ask([...unit.locking([q]), unit.linesWithLimits(q), ...group.map((name) => unit.linesOf(q, [name]))])
        return setLimits(unit, unit.queueOf(queue), scope, settings, revision)
      },
      [queue],
    )
  }

  async freeze(queue: string, group: string | undefined, untilMs: number): Promise<void> {
    const link = this.#link()
    await link.transact(
      'limits',
      async (unit) => {
        const q = link.names.of(queue)!
        await unit.ask(unit.locking([q]))
        const frozen = unit.queueOf(queue)
        if (group === undefined) frozen.frozenUntilMs = untilMs
        else {
          await backToTurns(unit, frozen)
          await unit.ask([unit.linesOf(q, [group])])
          const line = unit.line(frozen, group)
          line.frozenUntilMs = untilMs
          line.dirty = true
        }
        unit.stirred = true
      },
      [queue],
    )
  }

  async read(queue: string): Promise<QueueLimits> {
    const { t, run } = { t: this.#link().t, run: (text: string[]) => this.#link().run('limits', text) }
    const named = `(select q from ${t.queue} where name = ${quoted(packName(queue))})`
    const [rows = [], lines = [], now = []] = await run([
      `select ${queueColumns} from ${t.queue} where name = ${quoted(packName(queue))}`,
      `select ${asText('grp')} as gname, limits, frozen_until from ${t.line} where q = ${named} and (limits is not null or frozen_until > 0)`,
      `select ${clock} as now`,
    ])
    const [row] = rows
    if (row === undefined) return { queue: {}, groups: {}, group: {}, frozen: [], revision: 0 }
    return limitsFrom(queueOf(row), lines, now[0]![0] as number)
  }
}

function limitsFrom(queue: Queue, lines: readonly Row[], nowMs: number): QueueLimits {
  const frozen: QueueLimits['frozen'] = queue.frozenUntilMs > nowMs ? [{ untilMs: queue.frozenUntilMs }] : []
  const group: Record<string, LimitSettings> = {}
  for (const [grp, limits, untilMs] of lines as [string, string | null, number][]) {
    const name = unpackGroup(grp)
    if (name === undefined) continue
    // Not by assignment: a group may be called __proto__.
    if (limits !== null) Object.defineProperty(group, name, { value: settingsOf(limits), enumerable: true })
    if (untilMs > nowMs) frozen.push({ group: name, untilMs })
  }
  const { limits = {}, groupLimits = {}, revision } = queue
  const left = limitsLeft(limits, queue, nowMs)
  return { queue: limits, groups: groupLimits, group, frozen, ...(left !== undefined && { left }), revision }
}

async function setLimits(
  unit: Unit,
  queue: Queue,
  scope: LimitScope,
  settings: LimitSettings,
  revision: number,
): Promise<boolean> {
  if (revision < queue.revision) {
    unit.discarded = true
    return false
  }
  queue.revision = revision
  const value = Object.values(settings).some((setting) => setting !== undefined) ? settings : undefined
  await backToTurns(unit, queue)
  if (scope === 'queue') queue.limits = value
  else if (scope === 'groups') queue.groupLimits = value
  else {
    const line = unit.line(queue, scope.group)
    line.limits = value
    line.dirty = true
  }
  await setCounts(unit, queue)
  unit.stirred = true
  return true
}

/** Whoever is parked takes his turns again, and is parked anew if he still must be. */
async function backToTurns({ sql: { t, run } }: Unit, { q, turn, lines }: Queue): Promise<void> {
  const away: readonly number[] = [places.parked, places.capped]
  await run([
    `update ${t.line} set place = ${places.turns}, wake = 0, turn = greatest(turn, ${turn})
     where q = ${q} and place in (${away.join(', ')}) and ready > 0`,
  ])
  for (const line of lines.values()) {
    if (!away.includes(line.place) || line.ready <= 0) continue
    Object.assign(line, { place: places.turns, wakeAtMs: 0, turn: Math.max(line.turn, turn) })
  }
}

/** Running jobs are counted per line for as long as a cap needs it; counting begins with what runs now. */
async function setCounts(unit: Unit, queue: Queue): Promise<void> {
  const { q } = queue
  const all = [queue.groupLimits, ...Array.from(queue.lines.values(), ({ limits }) => limits)]
  const counts = all.some((limits) => limits?.concurrencyMax !== undefined)
  if (counts === queue.counts) return
  queue.counts = counts
  const { t, run } = unit.sql
  if (!counts) {
    for (const line of queue.lines.values()) line.running = 0
    await run([`update ${t.line} set running = 0 where q = ${q} and running <> 0`])
    return
  }
  const running = await runningByLine(unit, q)
  if (running.size > 0) await unit.ask([unit.linesByNumber(q, running.keys())])
  for (const [line, jobs] of running) Object.assign(unit.lineBy(q, line), { running: jobs, dirty: true })
}

/** How many jobs of each line of a queue run, counted from the loans. */
export async function runningByLine({ sql: { t, run } }: Unit, q: number): Promise<Map<number, number>> {
  const [loans = []] = await run([`select ns, s, loan from ${t.loan} where q = ${q}`])
  const counts = new Map<number, number>()
  for (const [ns, s, loan] of loans as [string, number, number][]) {
    const [rows = []] = await run([
      `select line, count(*) from ${t.fate} where q = ${q} and n in (${unpackNumbers(ns).join(',')})
       and s = ${s} and loan = ${loan} and state = ${stateCodes.running} group by line`,
    ])
    for (const [line, jobs] of rows as [number, number][]) counts.set(line, (counts.get(line) ?? 0) + jobs)
  }
  return counts
}
