import type { Receipt, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import { dueOf } from '../redis-common/due.ts'
import { wire, wireBody, wireGroup } from './codec.ts'
import { type Loan, type Loaned, type Loans, placeOf } from './loans.ts'
import { addedOf, batchOf, inLine } from './sections.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

type Kept = [count: number, ageMs: number] | 0

/** Jobs of one loan that are done and no more than that: `scripts/settle.lua` tells the fields. */
interface Done {
  l: number
  q: string
  s: string
  k: Kept
  at: number[] | number
  i: number[] | number
  d: string[]
  g: string[] | 0
  u: (string | 0)[] | 0
  x: (string | 0)[] | 0
}

type Gathered = Done & { at: number[]; i: number[] }

/** Any other verdict. */
interface Other {
  at: number
  l: number
  i: number
  d: string
  q: string
  p: number
  g: string
  u: string | 0
  s: string
  v: Verdict['kind']
  due?: number
  t?: string
  k: Kept
  f?: unknown[]
  fa?: number
}

/** What a settle says, as the script wants it. */
export interface Said {
  /** What of it is ours, in the order of the items. */
  ours: readonly (Loaned | undefined)[]
  json: string
  args: string[]
  /** Of each item with follow-ups: the jobs, and which of them each letter of the answer is about. */
  follow: Map<number, { jobs: StoredJob[]; order: number[] }>
}

const argsBefore = 5

export function said(loans: Loans, items: readonly Item[]): Said {
  const ours = items.map(({ receipt }) => loans.get(receipt))
  const inTurn = namesTwice(ours)
  const done = new Map<Loan, Gathered>()
  const others: Other[] = []
  const args: string[] = []
  const follow: Said['follow'] = new Map()
  for (let at = 0; at < items.length; at++) {
    const { receipt, verdict } = items[at]!
    const loaned = ours[at]
    const batch =
      verdict.followUps === undefined || verdict.followUps.length === 0 ? undefined : followBatchOf(verdict.followUps)
    if (batch !== undefined) follow.set(at, { jobs: verdict.followUps!, order: batch.order })
    if (loaned === undefined) others.push(strange(at, receipt, verdict))
    else if (verdict.kind !== 'done' || batch !== undefined || inTurn || !gather(done, at, loaned, verdict)) {
      const other = otherOf(at, loaned, verdict)
      if (batch !== undefined) {
        other.f = batch.sections
        other.fa = argsBefore + args.length
        args.push(...batch.args)
      }
      others.push(other)
    }
  }
  const plain = done.values().map((group): Done => ({ ...group, at: inLine(group.at), i: inLine(group.i) }))
  return { ours, json: JSON.stringify({ n: items.length, d: [...plain], o: others }), args, follow }
}

/** They are few: each in its turn. */
const followBatchOf = (jobs: readonly StoredJob[]) => batchOf(jobs, new Set(jobs.map(({ queue }) => queue)))

/** The second time a receipt is stale: then the items are looked at one by one. */
function namesTwice(ours: readonly (Loaned | undefined)[]): boolean {
  const by = {}
  for (const loaned of ours) {
    if (loaned?.named === by) return true
    if (loaned !== undefined) loaned.named = by
  }
  return false
}

/** Done and no more than that: with the others of its loan, if they are kept alike. */
function gather(done: Map<Loan, Gathered>, at: number, loaned: Loaned, verdict: Verdict & { kind: 'done' }): boolean {
  const { loan } = loaned
  const kept = keptOf(verdict)
  let group = done.get(loan)
  if (group === undefined) {
    group = { l: loan.number, q: loan.queue, s: loan.startedAtMs, k: kept, at: [], i: [], d: [], g: 0, u: 0, x: 0 }
    done.set(loan, group)
  } else if (!sameKept(group.k, kept)) return false
  addDone(group, at, loaned, verdict)
  return true
}

/** A receipt that is not ours: the script finds nothing on loan there, and says so. */
function strange(at: number, receipt: Receipt, { kind }: Verdict): Other {
  const { loan, place } = placeOf(receipt)
  return { at, l: loan, i: place, d: '', q: '', p: 0, g: '-', u: 0, s: '0', v: kind, k: 0 }
}

/** The lists of what most jobs have not are begun by the first that has it. */
function addDone(done: Gathered, at: number, loaned: Loaned, verdict: Verdict & { kind: 'done' }): void {
  const { job, loan, place, wireId, attempts, crashes } = loaned
  const before = done.d.length
  done.at.push(at)
  done.i.push(place)
  done.d.push(wireId)
  if (job.group !== undefined && done.g === 0) done.g = Array.from({ length: before }, () => '-')
  if (done.g !== 0) done.g.push(wireGroup(job.group))
  if (job.unique !== undefined && done.u === 0) done.u = Array.from({ length: before }, () => 0)
  if (done.u !== 0) done.u.push(job.unique === undefined ? 0 : wire(job.unique.key))
  const { result } = verdict
  const plain = result === undefined && attempts === 1 && crashes === 0
  if (!plain && done.x === 0) done.x = Array.from({ length: before }, () => 0)
  if (done.x !== 0) {
    const text = `${loan.startedAtMs},${attempts},${crashes}`
    done.x.push(plain ? 0 : result === undefined ? text : `${text}|${wireBody(result)}`)
  }
}

function otherOf(at: number, { job, loan, place, wireId }: Loaned, verdict: Verdict): Other {
  const { priority, group, unique } = job
  const other: Other = {
    at,
    l: loan.number,
    i: place,
    d: wireId,
    q: loan.queue,
    p: priority,
    g: wireGroup(group),
    u: unique === undefined ? 0 : wire(unique.key),
    s: loan.startedAtMs,
    v: verdict.kind,
    k: keptOf(verdict),
  }
  const text = textOf(verdict)
  if (text !== undefined) other.t = wireBody(text)
  if ((verdict.kind === 'retry' || verdict.kind === 'release') && verdict.due !== undefined)
    other.due = dueOf(verdict.due)
  return other
}

function textOf(verdict: Verdict): string | undefined {
  if ('reason' in verdict) return verdict.reason
  return verdict.kind === 'done' ? verdict.result : verdict.error
}

function keptOf(verdict: Verdict): Kept {
  return verdict.kind === 'done' && verdict.keep !== undefined ? [verdict.keep.count, verdict.keep.ageMs] : 0
}

function sameKept(a: Kept, b: Kept): boolean {
  return a === b || (a !== 0 && b !== 0 && a[0] === b[0] && a[1] === b[1])
}

const settled: Settled = Object.freeze({ outcome: 'settled' })
const stale: Settled = Object.freeze({ outcome: 'stale' })

/** The script's answer: which were stale, and of each that had follow-ups its letters and holders. */
export function settledOf({ follow }: Said, count: number, staleAt: readonly number[], added: string): Settled[] {
  const answers: Settled[] = Array.from({ length: count }, () => settled)
  for (const at of staleAt) answers[at] = stale
  if (added === '{}') return answers
  for (const [at, told, holders] of JSON.parse(added) as [number, string, string[] | object][]) {
    const { jobs, order } = follow.get(at)!
    const list = Array.isArray(holders) ? (holders as string[]) : []
    answers[at] = { outcome: 'settled', followUps: addedOf(jobs, order, told, list) }
  }
  return answers
}
