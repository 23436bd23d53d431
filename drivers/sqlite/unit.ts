import type { LimitSettings, StoredJob } from '../../src/contract/index.ts'
import { pack, type Stored, unpack } from './codec.ts'
import type { Sql } from './sql.ts'

/** One queue as this transaction sees it; written back at its end. */
export interface Queue {
  q: number
  name: string
  paused: boolean
  ready: number
  delayed: number
  running: number
  done: number
  dead: number
  cancelled: number
  quarantined: number
  turn: number
  frozenUntilMs: number
  /** Running jobs are counted per line. */
  counts: boolean
  limits: LimitSettings | undefined
  groupLimits: LimitSettings | undefined
  buckets: number[]
  revision: number
  keptHead: number
  lines: Map<string | undefined, Line>
}

export const places = { empty: 0, turns: 1, parked: 2, capped: 3 } as const
export type Place = 0 | 1 | 2 | 3

/** The jobs of one group of a queue, or those without a group. */
export interface Line {
  line: number
  queue: Queue
  group: string | undefined
  place: Place
  turn: number
  ready: number
  running: number
  wakeAtMs: number
  frozenUntilMs: number
  limits: LimitSettings | undefined
  buckets: number[]
  dirty: boolean
}

type QueueRow = [
  q: number,
  name: Stored,
  paused: number,
  ready: number,
  delayed: number,
  running: number,
  done: number,
  dead: number,
  cancelled: number,
  quarantined: number,
  turn: number,
  frozenUntil: number,
  counts: number,
  limits: string | null,
  groupLimits: string | null,
  buckets: string | null,
  revision: number,
  keptHead: number,
]
const queueColumns = `q, name, paused, ready, delayed, running, done, dead, cancelled, quarantined, turn, frozen_until,
  counts, limits, group_limits, buckets, revision, kept_head`
const queueByName = `select ${queueColumns} from fw_queue where name = ?`
const queueById = `select ${queueColumns} from fw_queue where q = ?`
const queueWrite = `update fw_queue set paused = ?, ready = ?, delayed = ?, running = ?, done = ?, dead = ?, cancelled = ?,
  quarantined = ?, turn = ?, frozen_until = ?, counts = ?, limits = ?, group_limits = ?, buckets = ?, revision = ?,
  kept_head = ? where q = ?`

type LineRow = [
  line: number,
  q: number,
  grouped: number,
  grp: Stored,
  place: Place,
  turn: number,
  ready: number,
  running: number,
  wake: number,
  frozenUntil: number,
  limits: string | null,
  buckets: string | null,
]
const lineColumns = 'line, q, grouped, grp, place, turn, ready, running, wake, frozen_until, limits, buckets'
const lineByGroup = `select ${lineColumns} from fw_line where q = ? and grouped = ? and grp = ?`
const lineById = `select ${lineColumns} from fw_line where line = ?`
/** The lines whose turn is next. */
const linesByTurn = `select ${lineColumns} from fw_line where q = ? and place = 1 order by turn limit ?`
/** The same, with those that are parked or at their cap. */
const linesInLine = `select ${lineColumns} from fw_line where q = ? and place > 0 order by turn limit ?`
const linesToWake = `select ${lineColumns} from fw_line where q = ? and place = 2 and wake <= ? order by wake limit ?`
const lineWrite = 'update fw_line set ready = ?, running = ?, frozen_until = ?, limits = ?, buckets = ? where line = ?'
/** Apart from the rest, because it moves the line in an index. */
const lineMove = 'update fw_line set place = ?, turn = ?, wake = ? where line = ?'

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

  linesInLine(queue: Queue, limit: number): Line[] {
    return this.sql.all<LineRow>(linesInLine, queue.q, limit).map((row) => this.#keepLine(row))
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
    for (const queue of this.#queues.values()) this.#writeQueue(queue)
    if (this.#seq !== this.#seqRead) this.sql.run("update fw_meta set value = ? where key = 'seq'", this.#seq)
  }

  #writeLine(line: Line): void {
    // Whatever made it so. Buckets, and caps that are reached, are looked at when the line's turn comes.
    if (line.ready <= 0) this.put(line, places.empty)
    else if (line.place === places.capped && !atCap(line)) this.put(line, places.turns)
    this.sql.run(lineWrite, line.ready, line.running, line.frozenUntilMs, json(line.limits), json(line.buckets), line.line)
  }

  #writeQueue(queue: Queue): void {
    const { paused, ready, delayed, running, done, dead, cancelled, quarantined, turn, frozenUntilMs, counts } = queue
    const { limits, groupLimits, buckets, revision, keptHead, q } = queue
    const written = [+paused, ready, delayed, running, done, dead, cancelled, quarantined, turn, frozenUntilMs, +counts]
    this.sql.run(queueWrite, ...written, json(limits), json(groupLimits), json(buckets), revision, keptHead, q)
  }

  #keepQueue(row: QueueRow | undefined): Queue | undefined {
    if (row === undefined) return undefined
    const queue: Queue = {
      q: row[0],
      name: unpack(row[1]),
      paused: row[2] === 1,
      ready: row[3],
      delayed: row[4],
      running: row[5],
      done: row[6],
      dead: row[7],
      cancelled: row[8],
      quarantined: row[9],
      turn: row[10],
      frozenUntilMs: row[11],
      counts: row[12] === 1,
      limits: parse(row[13]),
      groupLimits: parse(row[14]),
      buckets: parse<number[]>(row[15]) ?? [],
      revision: row[16],
      keptHead: row[17],
      lines: new Map(),
    }
    this.#queues.set(queue.name, queue)
    this.#queuesById.set(queue.q, queue)
    return queue
  }

  #keepLine(row: LineRow): Line {
    const known = this.#lines.get(row[0])
    if (known !== undefined) return known
    const queue = this.queueById(row[1])
    const line: Line = {
      line: row[0],
      queue,
      group: row[2] === 1 ? unpack(row[3]) : undefined,
      place: row[4],
      turn: row[5],
      ready: row[6],
      running: row[7],
      wakeAtMs: row[8],
      frozenUntilMs: row[9],
      limits: parse(row[10]),
      buckets: parse<number[]>(row[11]) ?? [],
      dirty: false,
    }
    this.#lines.set(line.line, line)
    queue.lines.set(line.group, line)
    return line
  }
}

/** What binds a line: what its group sets, field by field, over what `groups` sets. */
export function limitsOf(line: Line): LimitSettings {
  return line.limits === undefined ? (line.queue.groupLimits ?? {}) : { ...line.queue.groupLimits, ...line.limits }
}

export function atCap(line: Line): boolean {
  const { concurrencyMax } = limitsOf(line)
  return concurrencyMax !== undefined && line.running >= concurrencyMax
}

const parse = <Value = LimitSettings>(text: string | null): Value | undefined =>
  text === null ? undefined : (JSON.parse(text) as Value)

function json(value: LimitSettings | number[] | undefined): string | null {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? null : JSON.stringify(value)
}
