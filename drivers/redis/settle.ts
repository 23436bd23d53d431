import type { Receipt, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import { wire, wireBody, wireGroup } from './codec.ts'
import { type Loan, type Loaned, type Loans, type Place, placeOf } from './loans.ts'
import { addedOf, batchOf, dueOf, inLine } from './sections.ts'

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
  json: string
  args: string[]
  places: Place[]
  /** Of each item with follow-ups: the jobs, and which of them each letter of the answer is about. */
  follow: Map<number, { jobs: StoredJob[]; order: number[] }>
}

const argsBefore = 5

export function said(session: string, loans: Loans, items: readonly Item[]): Said {
  const places = items.map(({ receipt }) => placeOf(receipt))
  const inTurn = new Set(items.map(({ receipt }) => receipt)).size < items.length
  const done = new Map<Loan, Gathered>()
  const others: Other[] = []
  const args: string[] = []
  const follow: Said['follow'] = new Map()
  for (const [at, { verdict }] of items.entries()) {
    const place = places[at]!
    const loan = place.session === session ? loans.find(place.loan) : undefined
    const loaned = loan?.jobs[place.place]
    const followUps = verdict.followUps ?? []
    const batch = followUps.length > 0 ? batchOf(followUps) : undefined
    if (batch !== undefined) follow.set(at, { jobs: followUps, order: batch.order })
    if (loan === undefined || loaned === undefined) {
      others.push({ ...nobody, at, l: place.loan, i: place.place, v: verdict.kind })
      continue
    }
    if (verdict.kind === 'done' && batch === undefined && !inTurn) {
      const group = done.get(loan)
      const kept = keptOf(verdict)
      if (group === undefined)
        done.set(loan, addDone(newDone(loan, loaned, kept), at, place.place, loaned, verdict, loan))
      else if (sameKept(group.k, kept)) addDone(group, at, place.place, loaned, verdict, loan)
      else others.push(otherOf(at, loan, place, loaned, verdict))
      continue
    }
    const other = otherOf(at, loan, place, loaned, verdict)
    if (batch !== undefined) {
      other.f = batch.sections
      other.fa = argsBefore + args.length
      args.push(...batch.args)
    }
    others.push(other)
  }
  const plain = done.values().map((group): Done => ({ ...group, at: inLine(group.at), i: inLine(group.i) }))
  return { json: JSON.stringify({ n: items.length, d: [...plain], o: others }), args, places, follow }
}

/** A receipt that is not ours: the script finds nothing on loan there, and says so. */
const nobody = { d: '', q: '', p: 0, g: '-', u: 0 as const, s: '0', k: 0 as const }

function newDone(loan: Loan, { job }: Loaned, kept: Kept): Gathered {
  const s = String(loan.startedAtMs)
  return { l: loan.number, q: wire(job.queue), s, k: kept, at: [], i: [], d: [], g: 0, u: 0, x: 0 }
}

/** The lists of what most jobs have not are begun by the first that has it. */
function addDone(done: Gathered, at: number, place: number, loaned: Loaned, verdict: Verdict, { startedAtMs }: Loan): Gathered {
  const { job, attempts, crashes } = loaned
  const before = done.d.length
  done.at.push(at)
  done.i.push(place)
  done.d.push(wire(job.id))
  if (job.group !== undefined && done.g === 0) done.g = Array.from({ length: before }, () => '-')
  if (done.g !== 0) done.g.push(wireGroup(job.group))
  if (job.unique !== undefined && done.u === 0) done.u = Array.from({ length: before }, () => 0)
  if (done.u !== 0) done.u.push(job.unique === undefined ? 0 : wire(job.unique.key))
  const result = verdict.kind === 'done' ? verdict.result : undefined
  const plain = result === undefined && attempts === 1 && crashes === 0
  if (!plain && done.x === 0) done.x = Array.from({ length: before }, () => 0)
  if (done.x !== 0) {
    const text = `${startedAtMs},${attempts},${crashes}`
    done.x.push(plain ? 0 : result === undefined ? text : `${text}|${wireBody(result)}`)
  }
  return done
}

function otherOf(at: number, loan: Loan, { place }: Place, { job }: Loaned, verdict: Verdict): Other {
  const { id, queue, priority, group, unique } = job
  const other: Other = {
    at,
    l: loan.number,
    i: place,
    d: wire(id),
    q: wire(queue),
    p: priority,
    g: wireGroup(group),
    u: unique === undefined ? 0 : wire(unique.key),
    s: String(loan.startedAtMs),
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
