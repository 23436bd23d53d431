import { limitsLeft } from '../../src/base/limits-left.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits } from '../../src/contract/index.ts'
import { unpack, unpackNumbers, type Stored } from './codec.ts'
import type { Connection } from './connection.ts'
import type { Line, Queue } from './rows.ts'
import { Unit } from './unit.ts'

/** Limits are kept beside the queues and lines that they bind, and looked at where jobs are taken (groups.ts). */
export class SqliteLimits implements Limits {
  readonly #connection: () => Connection

  constructor(connection: () => Connection) {
    this.#connection = connection
  }

  async set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean> {
    return this.#connection().write((unit) => setLimits(unit, unit.queue(queue), scope, settings, revision))
  }

  async freeze(queue: string, group: string | undefined, untilMs: number): Promise<void> {
    await this.#connection().write((unit) => {
      const frozen = unit.queue(queue)
      if (group === undefined) frozen.frozenUntilMs = untilMs
      else {
        backToTurns(unit, frozen)
        const line = unit.line(frozen, group)
        line.frozenUntilMs = untilMs
        line.dirty = true
      }
      unit.stirred = true
    })
  }

  async read(queue: string): Promise<QueueLimits> {
    return this.#connection().read((sql) => readLimits(new Unit(sql), queue))
  }
}

function setLimits(unit: Unit, queue: Queue, scope: LimitScope, settings: LimitSettings, revision: number): boolean {
  if (revision < queue.revision) return false
  queue.revision = revision
  backToTurns(unit, queue)
  const value = Object.values(settings).some((setting) => setting !== undefined) ? settings : undefined
  if (scope === 'queue') queue.limits = value
  else if (scope === 'groups') queue.groupLimits = value
  else {
    const line = unit.line(queue, scope.group)
    line.limits = value
    line.dirty = true
  }
  setCounts(unit, queue)
  unit.stirred = true
  return true
}

/** Whoever is parked takes his turns again, and is parked anew if he still must be. Before any line is loaded. */
function backToTurns(unit: Unit, { q, turn }: Queue): void {
  unit.sql.run(
    'update fw_line set place = 1, wake = 0, turn = max(turn, ?) where q = ? and place in (2, 3) and ready > 0',
    turn,
    q,
  )
}

/** Running jobs are counted per line for as long as a cap needs it; counting begins with what runs now. */
function setCounts(unit: Unit, queue: Queue): void {
  const lines = limitedLines(unit, queue)
  const counts = [queue.groupLimits, ...lines.map((line) => line.limits)].some(
    (limits) => limits?.concurrencyMax !== undefined,
  )
  if (counts === queue.counts) return
  queue.counts = counts
  if (!counts) {
    for (const line of queue.lines.values()) line.running = 0
    unit.sql.run('update fw_line set running = 0 where q = ? and running <> 0', queue.q)
    return
  }
  for (const [line, running] of runningByLine(unit)) {
    const counted = unit.lineById(line)
    if (counted.queue !== queue) continue
    counted.running = running
    counted.dirty = true
  }
}

/** How many jobs of each line run, counted from the loans. */
export function runningByLine(unit: Unit): Map<number, number> {
  const counts = new Map<number, number>()
  for (const [loan, ns] of unit.sql.all<[number, Uint8Array]>('select loan, ns from fw_loan')) {
    for (const n of unpackNumbers(ns)) {
      const line = unit.sql.get<[number]>('select line from fw_fate where n = ? and loan = ?', n, loan)?.[0]
      if (line !== undefined) counts.set(line, (counts.get(line) ?? 0) + 1)
    }
  }
  return counts
}

/** The groups that have settings of their own. */
function limitedLines(unit: Unit, queue: Queue): Line[] {
  for (const [line] of unit.sql.all<[number]>('select line from fw_line where q = ? and limits is not null', queue.q)) {
    unit.lineById(line)
  }
  return [...queue.lines.values()].filter(({ limits }) => limits !== undefined)
}

function readLimits(unit: Unit, name: string): QueueLimits {
  const queue = unit.findQueue(name)
  if (queue === undefined) return { queue: {}, groups: {}, group: {}, frozen: [], revision: 0 }
  const frozen: QueueLimits['frozen'] = unit.sql
    .all<[Stored, number]>(
      'select grp, frozen_until from fw_line where q = ? and frozen_until > 0 and frozen_until > ?',
      queue.q,
      unit.nowMs,
    )
    .map(([grp, untilMs]) => ({ group: unpack(grp), untilMs }))
  if (queue.frozenUntilMs > unit.nowMs) frozen.unshift({ untilMs: queue.frozenUntilMs })
  const left = limitsLeft(queue.limits ?? {}, queue, unit.nowMs)
  const groups = limitedLines(unit, queue).filter(({ group }) => group !== undefined)
  return {
    queue: queue.limits ?? {},
    groups: queue.groupLimits ?? {},
    group: Object.fromEntries(groups.map(({ group, limits }) => [group!, limits!])),
    frozen,
    ...(left !== undefined && { left }),
    revision: queue.revision,
  }
}
