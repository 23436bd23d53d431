import { FiberWorkError, type StoredJob } from '../../src/contract/index.ts'
import { pack } from './codec.ts'
import {
  atCap,
  type Line,
  lineById,
  linesAside,
  lineByGroup,
  lineMove,
  lineOf,
  type LineRow,
  linesByTurn,
  linesToWake,
  lineValues,
  lineWrite,
  type Place,
  places,
  type Queue,
  queueById,
  queueByName,
  queueOf,
  type QueueRow,
  queueValues,
  queueWrite,
} from './rows.ts'
import type { Sql } from './sql.ts'

/**
 * One transaction: its time, its numbers, and the queues and lines that it has touched. These are read once, changed in
 * memory, and written back by `flush`; that is safe because the transaction holds the write lock.
 */
export class Unit {
  readonly sql: Sql
  /** The store's clock, read once. */
  readonly nowMs: number
  /** Something happened that a waiting reserve wants to know of. */
  stirred = false
  #seq: number
  readonly #seqRead: number
  readonly #queues = new Map<string, Queue>()
  readonly #queuesById = new Map<number, Queue>()
  readonly #lines = new Map<number, Line>()

  constructor(sql: Sql) {
    this.sql = sql
    const [nowMs, seq] = sql.get<[number, number]>(
      "select cast(round(unixepoch('subsec') * 1000) as int) as now, value from fw_meta where key = 'seq'",
    )!
    this.nowMs = nowMs
    this.#seq = this.#seqRead = seq
  }

  /** A number that this store has never given before. */
  next(): number {
    if (this.#seq >= Number.MAX_SAFE_INTEGER) {
      throw new FiberWorkError('FW_STORE_FAILED', 'The numbers of this store are used up (2^53).', { retryable: false })
    }
    return ++this.#seq
  }

  /** The queue of this name; it comes into being. */
  queue(name: string): Queue {
    const known = this.#queues.get(name) ?? this.findQueue(name)
    if (known !== undefined) return known
    this.sql.run('insert into fw_queue (name) values (?)', pack(name))
    return this.findQueue(name)!
  }

  findQueue(name: string): Queue | undefined {
    return this.#queues.get(name) ?? this.#keepQueue(this.sql.get<QueueRow>(queueByName, pack(name)))
  }

  queueById(q: number): Queue {
    return this.#queuesById.get(q) ?? this.#keepQueue(this.sql.get<QueueRow>(queueById, q))!
  }

  /** The line of this group; it comes into being. */
  line(queue: Queue, group: StoredJob['group']): Line {
    const known = queue.lines.get(group)
    if (known !== undefined) return known
    const grouped = group === undefined ? 0 : 1
    const grp = group === undefined ? '' : pack(group)
    let row = this.sql.get<LineRow>(lineByGroup, queue.q, grouped, grp)
    if (row === undefined) {
      this.sql.run('insert into fw_line (q, grouped, grp) values (?, ?, ?)', queue.q, grouped, grp)
      row = this.sql.get<LineRow>(lineByGroup, queue.q, grouped, grp)!
    }
    return this.#keepLine(row)
  }

  lineById(line: number): Line {
    return this.#lines.get(line) ?? this.#keepLine(this.sql.get<LineRow>(lineById, line)!)
  }

  linesByTurn(queue: Queue, limit: number): Line[] {
    return this.sql.all<LineRow>(linesByTurn, queue.q, limit).map((row) => this.#keepLine(row))
  }

  /** Lines with ready jobs whose turn is next, and as many of those that may not take theirs now. */
  linesWaiting(queue: Queue, limit: number): Line[] {
    const aside = this.sql.all<LineRow>(linesAside, queue.q, limit).map((row) => this.#keepLine(row))
    return [...this.linesByTurn(queue, limit), ...aside]
  }

  linesToWake(queue: Queue, limit: number): Line[] {
    return this.sql.all<LineRow>(linesToWake, queue.q, this.nowMs, limit).map((row) => this.#keepLine(row))
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
    if (enters) this.stirred = true
    this.setTurn(line, enters ? Math.max(line.turn, line.queue.turn) : line.turn)
  }

  /** Written at once, so that `linesByTurn` can be asked again. */
  setTurn(line: Line, turn: number): void {
    line.turn = turn
    this.sql.run(lineMove, line.place, turn, line.wakeAtMs, line.line)
  }

  /** Write back what has changed. */
  flush(): void {
    for (const line of this.#lines.values()) if (line.dirty) this.#writeLine(line)
    for (const queue of this.#queues.values()) this.sql.run(queueWrite, ...queueValues(queue))
    if (this.#seq !== this.#seqRead) this.sql.run("update fw_meta set value = ? where key = 'seq'", this.#seq)
  }

  #writeLine(line: Line): void {
    // Whatever made it so. Buckets, and caps that are reached, are looked at when the line's turn comes.
    if (line.ready <= 0) this.put(line, places.empty)
    else if (line.place === places.capped && !atCap(line)) this.put(line, places.turns)
    this.sql.run(lineWrite, ...lineValues(line))
  }

  #keepQueue(row: QueueRow | undefined): Queue | undefined {
    if (row === undefined) return undefined
    const queue = queueOf(row)
    this.#queues.set(queue.name, queue)
    this.#queuesById.set(queue.q, queue)
    return queue
  }

  #keepLine(row: LineRow): Line {
    const known = this.#lines.get(row[0])
    if (known !== undefined) return known
    const queue = this.queueById(row[1])
    const line = lineOf(row, queue)
    this.#lines.set(line.line, line)
    queue.lines.set(line.group, line)
    return line
  }
}
