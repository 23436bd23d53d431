import type { Receipt, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import { dueOf } from '../redis-common/due.ts'
import { wireBody } from '../redis-common/wire.ts'
import { doneRecord } from './codec.ts'
import type { Loaned, Loans } from './loans.ts'
import { addedOf, batchOf } from './sections.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

type Kept = [count: number, ageMs: number] | 0

/** Jobs of one queue that are done and no more than that: `scripts/settle.lua` tells the fields. */
interface Done {
  q: string
  f: string
  l: string
  at: number[]
  e: string[]
  i: string[]
  u: (string | 0)[] | 0
  k: Kept
  ka: number
}

/** While it is gathered: the turns of the least and the greatest entry. */
interface Gathered {
  said: Done
  first: number
  last: number
  records: string[]
}

/** Any other verdict. */
interface Other {
  at: number
  q: string
  e: string
  i: string
  v: Verdict['kind']
  s: string
  due?: number
  t?: string
  k: Kept
  r?: string
  f?: unknown[]
  fa?: number
}

/** What a settle says, as the script wants it. */
export interface Said {
  /** What of it is ours, in the order of the items. */
  ours: readonly (Loaned | undefined)[]
  json: string
  args: string[]
  /** The follow-ups of each item that has some. */
  follow: Map<number, StoredJob[]>
}

const argsBefore = 5

export function said(loans: Loans, items: readonly Item[]): Said {
  const ours = items.map(({ receipt }) => loans.get(receipt))
  const inTurn = namesTwice(ours)
  const done = new Map<string, Gathered>()
  const others: Other[] = []
  const args: string[] = []
  const follow: Said['follow'] = new Map()
  for (const [at, { verdict }] of items.entries()) {
    const loaned = ours[at]
    const { followUps = [] } = verdict
    const plain = loaned !== undefined && verdict.kind === 'done' && followUps.length === 0 && !inTurn
    if (!(plain && gather(done, at, loaned, verdict))) {
      const other = otherOf(at, loaned, verdict)
      if (followUps.length > 0) {
        const batch = batchOf(followUps)
        follow.set(at, followUps)
        other.f = batch.sections
        other.fa = argsBefore + args.length
        args.push(...batch.args)
      }
      others.push(other)
    }
  }
  for (const { said, records } of done.values()) {
    said.ka = argsBefore + args.length
    args.push(...records)
  }
  return { ours, json: JSON.stringify({ d: [...done.values()].map(({ said }) => said), o: others }), args, follow }
}

/** The second time a receipt is stale: then the items are looked at one by one. */
function namesTwice(ours: readonly (Loaned | undefined)[]): boolean {
  const by = {}
  for (const loaned of ours) {
    if (loaned?.named === by) return true
    if (loaned !== undefined) loaned.named = by
  }
  return false
}

/** Done and no more than that: with the others of its queue, if they are kept alike. */
function gather(done: Map<string, Gathered>, at: number, loaned: Loaned, verdict: Verdict & { kind: 'done' }): boolean {
  const { queue, entry, id, key, turn } = loaned
  const kept = keptOf(verdict)
  let group = done.get(queue)
  if (group === undefined) {
    group = {
      said: { q: queue, f: entry, l: entry, at: [], e: [], i: [], u: 0, k: kept, ka: 0 },
      first: turn,
      last: turn,
      records: [],
    }
    done.set(queue, group)
  } else if (!sameKept(group.said.k, kept)) return false
  const { said } = group
  if (turn < group.first) [group.first, said.f] = [turn, entry]
  if (turn > group.last) [group.last, said.l] = [turn, entry]
  if (key !== undefined && said.u === 0) said.u = Array.from({ length: said.e.length }, () => 0)
  if (said.u !== 0) said.u.push(key ?? 0)
  said.at.push(at)
  said.e.push(entry)
  said.i.push(id)
  if (kept !== 0) group.records.push(id, recordOf(loaned, verdict))
  return true
}

const recordOf = ({ queue, opened, startedAtMs }: Loaned, { result }: Verdict & { kind: 'done' }): string =>
  doneRecord(queue, { ...opened, startedAtMs }, result)

function keptOf(verdict: Verdict): Kept {
  const keep = verdict.kind === 'done' ? verdict.keep : undefined
  return keep === undefined || keep.count <= 0 ? 0 : [keep.count, keep.ageMs]
}

function sameKept(a: Kept, b: Kept): boolean {
  return a === b || (a !== 0 && b !== 0 && a[0] === b[0] && a[1] === b[1])
}

function otherOf(at: number, loaned: Loaned | undefined, verdict: Verdict): Other {
  const { kind } = verdict
  // A receipt that is not ours: the script finds nothing on loan there, and says so.
  if (loaned === undefined) return { at, q: '', e: '', i: '', v: kind, s: '0', k: 0 }
  const { queue, entry, id, startedAtMs } = loaned
  const other: Other = { at, q: queue, e: entry, i: id, v: kind, s: String(startedAtMs), k: keptOf(verdict) }
  if (verdict.kind === 'done' && other.k !== 0) other.r = recordOf(loaned, verdict)
  const text = 'reason' in verdict ? verdict.reason : 'error' in verdict ? verdict.error : undefined
  if (text !== undefined) other.t = wireBody(text)
  if ((kind === 'retry' || kind === 'release') && verdict.due !== undefined) other.due = dueOf(verdict.due)
  return other
}

const settled: Settled = Object.freeze({ outcome: 'settled' })
const stale: Settled = Object.freeze({ outcome: 'stale' })

/** The script's answer: which were stale, and of each that had follow-ups its letters and holders. */
export function settledOf({ follow }: Said, count: number, staleAt: readonly number[], added: string): Settled[] {
  const answers: Settled[] = Array.from({ length: count }, () => settled)
  for (const at of staleAt) answers[at] = stale
  if (added === '{}') return answers
  for (const [at, letters, holders] of JSON.parse(added) as [number, string, string[] | object][]) {
    const list = Array.isArray(holders) ? (holders as string[]) : []
    answers[at] = { outcome: 'settled', followUps: addedOf(follow.get(at)!, letters, list) }
  }
  return answers
}
