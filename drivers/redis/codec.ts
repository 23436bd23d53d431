import { FiberWorkError, type StoredJob } from '../../src/contract/index.ts'
import { unwire, wire, wireBody } from '../redis-common/wire.ts'

export { unwire, wire, wireBody }

/** Groups are told from none: a group may be called anything, nothing too. */
export const wireGroup = (group: string | undefined): string => (group === undefined ? '-' : `+${wire(group)}`)

/** `[queue, name, priority, group, unique, tags, headers]`; the last two only where there are some. */
type Head = [string, string, number, string, 0 | [string, 'keep' | 'replace', number], string[]?, [string, string][]?]

/** Everything of a job but its id, as it is kept until the job is gone: one line about it, then its body. */
export function recordOf(job: StoredJob): string {
  return `${lineOf(job)}\n${wireBody(job.body)}`
}

/** Jobs that are added together are mostly of one kind: then the line of the last one serves. */
let written: (Line & { text: string }) | undefined

function lineOf(job: StoredJob): string {
  const { queue, name, priority, group, unique, tags, headers } = job
  if (unique !== undefined || tags !== undefined || headers !== undefined) return JSON.stringify(headFor(job))
  if (written === undefined || !isAlike(written, job)) {
    written = { queue, name, priority, ...(group !== undefined && { group }), text: JSON.stringify(headFor(job)) }
  }
  return written.text
}

const isAlike = (a: Line, b: Line): boolean =>
  a.queue === b.queue && a.name === b.name && a.priority === b.priority && a.group === b.group

function headFor({ queue, name, priority, group, unique, tags, headers }: StoredJob): Head {
  const key: Head[4] = unique === undefined ? 0 : [wire(unique.key), unique.mode, unique.forMs ?? 0]
  const head: Head = [wire(queue), wire(name), priority, wireGroup(group), key]
  if (tags !== undefined || headers !== undefined) head.push((tags ?? []).map(wire))
  if (headers !== undefined)
    head.push(Object.entries(headers).map(([name, value]): [string, string] => [wire(name), wire(value)]))
  return head
}

/** What the scripts put before a record, and what it holds. Times by the store's clock; `dueAtMs` is 0 for a job that was ready at once. */
export interface Opened {
  enqueuedAtMs: number
  dueAtMs: number
  job: StoredJob
}

/** What the line before a body tells of its job. */
type Line = Omit<StoredJob, 'id' | 'body'>

const heads = new Map<string, Line>()
/** Jobs of a kind have the same line: it is read once. */
const headsMax = 2_000

export function openRecord(id: string, record: string): Opened {
  const bar = record.indexOf('|')
  const line = record.indexOf('\n', bar)
  const afterPos = record.indexOf(',') + 1
  const afterAt = record.indexOf(',', afterPos) + 1
  return {
    enqueuedAtMs: Number(record.slice(afterPos, afterAt - 1)),
    dueAtMs: Number(record.slice(afterAt, bar)),
    job: jobOf(id, lineIn(record, bar + 1, line), unwire(record.slice(line + 1))),
  }
}

/** Field by field: most jobs have none of the last four, and objects of one shape are what the engine reads fastest. */
function jobOf(id: string, { queue, name, priority, group, unique, tags, headers }: Line, body: string): StoredJob {
  const job: StoredJob = { id, queue, name, priority, body }
  if (group !== undefined) job.group = group
  if (unique !== undefined) job.unique = { ...unique }
  if (tags !== undefined) job.tags = [...tags]
  if (headers !== undefined) job.headers = { ...headers }
  return job
}

/** Jobs that come together are mostly of one kind: then nothing needs to be cut out and looked up. */
let newest: { text: string; line: Line } = { text: '', line: { queue: '', name: '', priority: 0 } }

function lineIn(record: string, from: number, to: number): Line {
  if (to - from === newest.text.length && record.startsWith(newest.text, from)) return newest.line
  const text = record.slice(from, to)
  newest = { text, line: headOf(text) }
  return newest.line
}

function headOf(text: string): Line {
  const known = heads.get(text)
  if (known !== undefined) return known
  const [queue, name, priority, group, unique, tags, headers] = parsed(text)
  const head: Line = { queue: unwire(queue), name: unwire(name), priority }
  if (group !== '-') head.group = unwire(group.slice(1))
  if (unique !== 0) {
    const [key, mode, forMs] = unique
    head.unique = { key: unwire(key), mode, ...(forMs > 0 && { forMs }) }
  }
  if (tags !== undefined && tags.length > 0) head.tags = tags.map(unwire)
  // Not by assignment: a header may be called __proto__.
  if (headers !== undefined)
    head.headers = Object.fromEntries(headers.map(([name, value]) => [unwire(name), unwire(value)]))
  // What one job has to itself is not asked for again.
  if (unique !== 0 || tags !== undefined) return head
  if (heads.size >= headsMax) heads.clear()
  heads.set(text, head)
  return head
}

function parsed(text: string): Head {
  try {
    const head = JSON.parse(text) as unknown
    if (Array.isArray(head)) return head as Head
  } catch {
    // Told below.
  }
  throw new FiberWorkError('FW_STORE_CORRUPT', `The key jobs holds what is no job of ours: ${text.slice(0, 40)}`)
}

/** What has changed of a job that was taken before; without a text it never was. */
export interface More {
  attempts: number
  crashes: number
  readyAtMs: number
  startedAtMs: number
  error?: string
}

const untouched: More = Object.freeze({ attempts: 0, crashes: 0, readyAtMs: 0, startedAtMs: 0 })

export function openMore(text: string | null | undefined): More {
  if (text === null || text === undefined) return untouched
  const bar = text.indexOf('|')
  const [attempts, crashes, ready, started] = (bar < 0 ? text : text.slice(0, bar)).split(',').map(Number)
  const more: More = { attempts: attempts!, crashes: crashes!, readyAtMs: ready!, startedAtMs: started! }
  if (bar >= 0) more.error = unwire(text.slice(bar + 1))
  return more
}

/** When a job became ready last. */
export function readyAtMs({ enqueuedAtMs, dueAtMs }: Opened, more: More): number {
  return more.readyAtMs > 0 ? more.readyAtMs : Math.max(enqueuedAtMs, dueAtMs)
}
