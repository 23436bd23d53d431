import type { Meter } from '../../src/base/meter.ts'
import type { LimitSettings } from '../../src/contract/index.ts'
import { packName, unpack, unpackGroup } from './codec.ts'
import { asText, type Row, type Sql } from './sql.ts'

/** One queue as this transaction sees it, under its lock; written back at the end. */
export interface Queue extends Meter {
  q: number
  name: string
  seq: number
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
  /** The lines that are known here. */
  lines: Map<string | undefined, Line>
  /** All that take their turns are among them. */
  hasAllTurns: boolean
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
  isNew: boolean
  dirty: boolean
}

const counters = ['ready', 'delayed', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const
export type Counter = (typeof counters)[number]

export const queueColumns = `q, ${asText('name')} as qname, seq, paused, ${counters.map((name) => `\`${name}\``).join(', ')},
  turn, frozen_until, counts, limits, group_limits, buckets, revision, kept_head`

export function queueOf(row: Row): Queue {
  const [q, name, seq, paused, ready, delayed, running, done, dead, cancelled, quarantined, turn] = row
  const [frozenUntil, counts, limits, groupLimits, buckets, revision, keptHead] = row.slice(12)
  return {
    q: q as number,
    name: unpack(name as string),
    seq: seq as number,
    paused: paused === 1,
    ready: ready as number,
    delayed: delayed as number,
    running: running as number,
    done: done as number,
    dead: dead as number,
    cancelled: cancelled as number,
    quarantined: quarantined as number,
    turn: turn as number,
    frozenUntilMs: frozenUntil as number,
    counts: counts === 1,
    limits: settingsOf(limits),
    groupLimits: settingsOf(groupLimits),
    ...meterOf(buckets),
    revision: revision as number,
    keptHead: keptHead as number,
    lines: new Map(),
    hasAllTurns: false,
  }
}

/** `gone`: how many of the done jobs that were to be trimmed were there, as the server has counted them just now. */
export function queueWrite({ t, text }: Sql, queue: Queue, gone: string): string {
  const counts = counters.map((name) => `\`${name}\` = ${queue[name]}${name === 'done' ? gone : ''}`).join(', ')
  const { q, seq, paused, turn, frozenUntilMs, limits, groupLimits, revision, keptHead } = queue
  return `update ${t.queue} set seq = ${seq}, paused = ${+paused}, ${counts}, turn = ${turn}, frozen_until = ${frozenUntilMs},
    counts = ${+queue.counts}, limits = ${json(text, limits)}, group_limits = ${json(text, groupLimits)},
    buckets = ${meterText(text, queue)}, revision = ${revision}, kept_head = ${keptHead} where q = ${q}`
}

export const lineColumns = `q, line, ${asText('grp')} as gname, place, turn, ready, running, wake, frozen_until, limits, buckets`

export function lineOf(row: Row, queue: Queue): Line {
  const [, line, grp, place, turn, ready, running, wake, frozenUntil, limits, buckets] = row
  return {
    line: line as number,
    queue,
    group: unpackGroup(grp as string),
    place: place as Place,
    turn: turn as number,
    ready: ready as number,
    running: running as number,
    wakeAtMs: wake as number,
    frozenUntilMs: frozenUntil as number,
    limits: settingsOf(limits),
    ...meterOf(buckets),
    isNew: false,
    dirty: false,
  }
}

export const newLine = (queue: Queue, line: number, group: string | undefined): Line => ({
  line,
  queue,
  group,
  place: places.empty,
  turn: 0,
  ready: 0,
  running: 0,
  wakeAtMs: 0,
  frozenUntilMs: 0,
  limits: undefined,
  buckets: [],
  spent: undefined,
  isNew: true,
  dirty: true,
})

/** Several lines at once; each is there already, or comes into being. */
export function linesWrite({ t, text }: Sql, lines: readonly Line[]): string {
  const rows = lines.map((line) => {
    const { queue, group, place, turn, ready, running, wakeAtMs, frozenUntilMs, limits } = line
    const grp = group === undefined ? "''" : text(`+${packName(group)}`)
    const values = [queue.q, line.line, grp, place, turn, ready, running, wakeAtMs, frozenUntilMs]
    return `(${values.join(',')},${json(text, limits)},${meterText(text, line)})`
  })
  const columns = ['place', 'turn', 'ready', 'running', 'wake', 'frozen_until', 'limits', 'buckets']
  return `insert into ${t.line} (q, line, grp, ${columns.join(', ')}) values ${rows.join(',')}
    on duplicate key update ${columns.map((column) => `${column} = values(${column})`).join(', ')}`
}

/** What binds a line: what its group sets, field by field, over what `groups` sets. */
export function limitsOf(line: Line): LimitSettings {
  return line.limits === undefined ? (line.queue.groupLimits ?? {}) : { ...line.queue.groupLimits, ...line.limits }
}

export function atCap(line: Line): boolean {
  const { concurrencyMax } = limitsOf(line)
  return concurrencyMax !== undefined && line.running >= concurrencyMax
}

export const settingsOf = (text: unknown): LimitSettings | undefined =>
  text === null ? undefined : (JSON.parse(text as string) as LimitSettings)

const json = (text: Sql['text'], settings: LimitSettings | undefined): string =>
  settings === undefined ? 'null' : text(JSON.stringify(settings))

function meterOf(stored: unknown): Meter {
  const kept =
    stored === null ? { buckets: [] } : (JSON.parse(stored as string) as Pick<Meter, 'buckets'> & Partial<Meter>)
  return { buckets: kept.buckets, spent: kept.spent }
}

function meterText(text: Sql['text'], { buckets, spent }: Meter): string {
  return buckets.length === 0 && spent === undefined ? 'null' : text(JSON.stringify({ buckets, spent }))
}
