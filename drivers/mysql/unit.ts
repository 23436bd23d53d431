import { FiberWorkError } from '../../src/contract/index.ts'
import { packGroup } from './codec.ts'
import type { Found } from './jobs.ts'
import { Keys } from './keys.ts'
import { Pending } from './pending.ts'
import { isAmong } from './ranges.ts'
import {
  atCap,
  type Line,
  lineColumns,
  lineOf,
  linesWrite,
  newLine,
  type Place,
  places,
  type Queue,
  queueColumns,
  queueOf,
  queueWrite,
} from './rows.ts'
import { clock, type Row, type Sql } from './sql.ts'

/** A question, and what becomes of its answer. */
export interface Part {
  text: string
  take: (rows: Row[]) => void
}

/**
 * One transaction. It locks the rows of its queues first, reads what it needs, changes that in memory, and writes it back with
 * `flush`: two or three trips to the server, whatever the number of jobs. Whoever holds the lock of a queue is alone with all that
 * belongs to it.
 */
export class Unit {
  readonly sql: Sql
  readonly pending = new Pending()
  readonly queues = new Map<number, Queue>()
  readonly byName = new Map<string, Queue>()
  readonly jobs = new Map<string, Found>()
  readonly keys = new Keys()
  /** The server's clock, read once, under the locks. */
  nowMs = 0
  /** Something happened that a waiting reserve wants to know of. */
  stirred = false
  /** Nothing was changed: there is nothing to commit. */
  discarded = false
  /** Done jobs are being trimmed: how many were there is known to the server alone. */
  readonly #trimmed = new Set<Queue>()
  readonly #lines = new Map<string, Line>()

  constructor(sql: Sql) {
    this.sql = sql
  }

  /** All questions in one trip. */
  async ask(parts: readonly Part[]): Promise<void> {
    const answers = await this.sql.run(parts.map(({ text }) => text))
    parts.forEach(({ take }, i) => take(answers[i] ?? []))
  }

  /** Lock queues, in one order for all, and look at the clock. Comes first. */
  locking(qs: Iterable<number>): Part[] {
    const wanted = [...new Set(qs)].filter((q) => !this.queues.has(q)).sort((a, b) => a - b)
    const { t } = this.sql
    const now: Part = { text: `select ${clock} as now`, take: ([row]) => (this.nowMs = row![0] as number) }
    if (wanted.length === 0) return [now]
    const text = `select ${queueColumns} from ${t.queue} force index (primary) where q in (${wanted.join(',')}) order by q for update`
    return [{ text, take: (rows) => rows.forEach((row) => this.#keepQueue(queueOf(row))) }, now]
  }

  /** A queue that is locked. */
  queueOf(name: string): Queue {
    const queue = this.byName.get(name)
    if (queue === undefined) throw vanished()
    return queue
  }

  /** The lines of these groups, where they exist. */
  linesOf(q: number, groups: Iterable<string | undefined>): Part {
    const names = Array.from(new Set(groups), (group) => (group === undefined ? "''" : this.sql.text(packGroup(group))))
    return this.#lineRows(`q = ${q} and grp in (${names.join(',')})`)
  }

  linesByNumber(q: number, lines: Iterable<number>): Part {
    return this.#lineRows(`q = ${q} and ${isAmong('line', [...new Set(lines)])}`)
  }

  /** Lines with ready jobs whose turn is next. */
  linesByTurn(q: number, limit: number): Part {
    const part = this.#lineRows(`q = ${q} and place = ${places.turns} order by q, place, turn limit ${limit}`)
    const take = (rows: Row[]) => {
      part.take(rows)
      const queue = this.queues.get(q)
      if (queue !== undefined) queue.hasAllTurns ||= rows.length < limit
    }
    return { text: part.text, take }
  }

  /** Parked lines whose time has come. */
  linesToWake(q: number, limit: number): Part {
    return this.#lineRows(
      `q = ${q} and place = ${places.parked} and wake <= ${clock} order by q, place, wake limit ${limit}`,
    )
  }

  /** Lines that may not take their turn now. */
  linesAside(q: number, limit: number): Part[] {
    return [places.parked, places.capped].map((place) =>
      this.#lineRows(`q = ${q} and place = ${place} order by q, place, wake limit ${limit}`),
    )
  }

  linesWithLimits(q: number): Part {
    return this.#lineRows(`q = ${q} and limits is not null`)
  }

  #lineRows(where: string): Part {
    return {
      text: `select ${lineColumns} from ${this.sql.t.line} where ${where}${this.sql.lock}`,
      take: (rows) => rows.forEach((row) => this.#keepLine(row)),
    }
  }

  /** A number that this queue has never given before. */
  next(queue: Queue): number {
    if (queue.seq >= Number.MAX_SAFE_INTEGER) {
      throw new FiberWorkError('FW_STORE_FAILED', 'The numbers of this queue are used up (2^53).', { retryable: false })
    }
    return ++queue.seq
  }

  /** The line of this group, which has been asked for; it comes into being. */
  line(queue: Queue, group: string | undefined): Line {
    return queue.lines.get(group) ?? this.#putLine(newLine(queue, this.next(queue), group))
  }

  /** A line that was asked for by its number. */
  lineBy(q: number, line: number): Line {
    const known = this.#lines.get(`${q}.${line}`)
    if (known === undefined) throw vanished()
    return known
  }

  hasLine(q: number, line: number): boolean {
    return this.#lines.has(`${q}.${line}`)
  }

  /** The lines of this queue that are known here and take their turns, the next one first. */
  turnsOf(queue: Queue): Line[] {
    return [...queue.lines.values()]
      .filter(({ place }) => place === places.turns)
      .sort((a, b) => a.turn - b.turn || a.line - b.line)
  }

  /** Ready jobs came to a line, or left it. */
  ready(line: Line, count: number): void {
    line.ready += count
    line.queue.ready += count
    line.dirty = true
    if (count <= 0) return
    this.stirred = true
    if (line.place === places.empty) this.put(line, places.turns)
  }

  /** Jobs of a line began to run, or ended. */
  running(line: Line, count: number): void {
    line.queue.running += count
    if (!line.queue.counts) return
    line.running += count
    line.dirty = true
  }

  /**
   * Where the line stands from now on. A line that enters the turns does so at the queue's virtual time: it has saved up
   * no turns while it was away.
   */
  put(line: Line, place: Place, wakeAtMs = 0): void {
    if (line.place === place && line.wakeAtMs === wakeAtMs) return
    const enters = place === places.turns && line.place !== places.turns
    line.place = place
    line.wakeAtMs = wakeAtMs
    line.dirty = true
    if (!enters) return
    this.stirred = true
    line.turn = Math.max(line.turn, line.queue.turn)
  }

  /** Statements that forget done jobs of a queue and add to `@fw_gone` how many were there. */
  trim(queue: Queue, statements: string[]): void {
    if (!this.#trimmed.has(queue)) {
      this.#trimmed.add(queue)
      this.pending.last.push(`set @fw_gone_${queue.q} = 0`)
    }
    this.pending.last.push(...statements)
  }

  /** What has changed, as statements; the unit is clean afterwards. */
  flush(): string[] {
    const dirty = [...this.#lines.values()].filter((line) => line.dirty)
    for (const line of dirty) settlePlace(this, line)
    const made = this.pending.statements(this.sql)
    for (let at = 0; at < dirty.length; at += 1_000) made.push(linesWrite(this.sql, dirty.slice(at, at + 1_000)))
    for (const queue of this.queues.values()) {
      made.push(queueWrite(this.sql, queue, this.#trimmed.has(queue) ? ` - @fw_gone_${queue.q}` : ''))
    }
    for (const line of dirty) line.dirty = line.isNew = false
    this.#trimmed.clear()
    return made
  }

  #keepQueue(queue: Queue): void {
    this.queues.set(queue.q, queue)
    this.byName.set(queue.name, queue)
  }

  #keepLine(row: Row): void {
    const [q, line] = row as [number, number]
    const queue = this.queues.get(q)
    if (queue !== undefined && !this.#lines.has(`${q}.${line}`)) this.#putLine(lineOf(row, queue))
  }

  #putLine(line: Line): Line {
    this.#lines.set(`${line.queue.q}.${line.line}`, line)
    line.queue.lines.set(line.group, line)
    return line
  }
}

/** Whatever made it so. Buckets, and caps that are reached, are looked at when the line's turn comes. */
function settlePlace(unit: Unit, line: Line): void {
  if (line.ready <= 0) unit.put(line, places.empty)
  else if (line.place === places.capped && !atCap(line)) unit.put(line, places.turns)
}

export const vanished = (): FiberWorkError =>
  new FiberWorkError('FW_STORE_FAILED', 'Rows of a queue have vanished under this call: were the tables emptied?')
