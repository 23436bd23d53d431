import type { Meter } from '../../src/base/meter.ts'
import type { LimitSettings } from '../../src/contract/index.ts'
import { type Stored, unpack } from './codec.ts'
import type { Value } from './sql.ts'

/** One queue as this transaction sees it; written back at its end. */
export interface Queue extends Meter {
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
  revision: number
  keptHead: number
  lines: Map<string | undefined, Line>
}

export const places = { empty: 0, turns: 1, parked: 2, capped: 3 } as const
export type Place = 0 | 1 | 2 | 3

/** The jobs of one group of a queue, or those without a group. */
export interface Line extends Meter {
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
  dirty: boolean
}

export type QueueRow = [
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
export const queueByName = `select ${queueColumns} from fw_queue where name = ?`
export const queueById = `select ${queueColumns} from fw_queue where q = ?`
export const queueWrite = `update fw_queue set paused = ?, ready = ?, delayed = ?, running = ?, done = ?, dead = ?, cancelled = ?,
  quarantined = ?, turn = ?, frozen_until = ?, counts = ?, limits = ?, group_limits = ?, buckets = ?, revision = ?,
  kept_head = ? where q = ?`

export type LineRow = [
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
export const lineByGroup = `select ${lineColumns} from fw_line where q = ? and grouped = ? and grp = ?`
export const lineById = `select ${lineColumns} from fw_line where line = ?`
/** The lines whose turn is next. */
export const linesByTurn = `select ${lineColumns} from fw_line where q = ? and place = 1 order by turn limit ? + 0`
/** Those that are parked, or at their cap. */
export const linesAside = `select * from (select ${lineColumns} from fw_line where q = ?1 and place = 2 order by wake limit ?2 + 0)
  union all select * from (select ${lineColumns} from fw_line where q = ?1 and place = 3 limit ?2 + 0)`
export const linesToWake = `select ${lineColumns} from fw_line where q = ? and place = 2 and wake <= ? order by wake limit ? + 0`
export const lineWrite =
  'update fw_line set ready = ?, running = ?, frozen_until = ?, limits = ?, buckets = ? where line = ?'
/** Apart from the rest, because it moves the line in an index. */
export const lineMove = 'update fw_line set place = ?, turn = ?, wake = ? where line = ?'

export function queueOf(row: QueueRow): Queue {
  return {
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
    ...meterOf(row[15]),
    revision: row[16],
    keptHead: row[17],
    lines: new Map(),
  }
}

/** What `queueWrite` binds. */
export function queueValues(queue: Queue): Value[] {
  const { paused, ready, delayed, running, done, dead, cancelled, quarantined, turn, frozenUntilMs, counts } = queue
  const { limits, groupLimits, revision, keptHead, q } = queue
  const counters = [+paused, ready, delayed, running, done, dead, cancelled, quarantined, turn, frozenUntilMs, +counts]
  return [...counters, json(limits), json(groupLimits), meterText(queue), revision, keptHead, q]
}

export function lineOf(row: LineRow, queue: Queue): Line {
  return {
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
    ...meterOf(row[11]),
    dirty: false,
  }
}

/** What `lineWrite` binds. */
export function lineValues(line: Line): Value[] {
  return [line.ready, line.running, line.frozenUntilMs, json(line.limits), meterText(line), line.line]
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

const json = (settings: LimitSettings | undefined): string | null =>
  settings === undefined ? null : JSON.stringify(settings)

/** The column `buckets`: the list alone, or with what was spent of a quota. */
function meterOf(text: string | null): Meter {
  const kept = parse<Meter['buckets'] | Meter>(text) ?? []
  return 'spent' in kept ? kept : { buckets: kept, spent: undefined }
}

function meterText({ buckets, spent }: Meter): string | null {
  if (spent !== undefined) return JSON.stringify({ buckets, spent })
  return buckets.length === 0 ? null : JSON.stringify(buckets)
}
