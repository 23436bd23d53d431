import type { Due, Receipt, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import { addedOf, jobArguments } from './batch.ts'
import { arrayOf, textsOf } from './codec.ts'
import { type Loaned, loanedOf } from './loans.ts'
import type { Argument } from './statements.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

/** A letter for what becomes of a job; `-` for what cannot be valid. */
const letters = {
  done: 'd',
  dead: 'D',
  quarantined: 'Q',
  cancelled: 'C',
  retry: 'r',
  release: 'l',
} as const satisfies Record<Verdict['kind'], string>

const nobody: Loaned = { s: 0, loan: 0, n: 0, q: 0 }

/** Verdicts as the function `settle` takes them: one array a field, and what few of them have in one JSON. */
export function settleArguments(items: readonly Item[]): Argument[] {
  const seen = new Set<Receipt>()
  const loans = items.map(({ receipt }) => loanedOf(receipt) ?? nobody)
  const kinds = items.map(({ receipt, verdict }) => {
    if (seen.has(receipt)) return '-'
    seen.add(receipt)
    return isKept(verdict) ? 'k' : letters[verdict.kind]
  })
  const texts = items.map(({ verdict }) => textOf(verdict))
  return [
    arrayOf(loans.map(({ s }) => s)),
    arrayOf(loans.map(({ loan }) => loan)),
    arrayOf(loans.map(({ n }) => n)),
    kinds.join(''),
    texts.some((text) => text !== undefined) ? textsOf(texts) : null,
    JSON.stringify(moreOf(items, loans)),
  ]
}

const isKept = (verdict: Verdict): boolean => verdict.kind === 'done' && (verdict.keep?.count ?? 0) > 0

function textOf(verdict: Verdict): string | undefined {
  switch (verdict.kind) {
    case 'done':
      return isKept(verdict) ? verdict.result : undefined
    case 'retry':
    case 'release':
      return verdict.error
    default:
      return verdict.reason
  }
}

function moreOf(items: readonly Item[], loans: readonly Loaned[]): Record<string, unknown> {
  const keep: Record<number, [count: number, ageMs: number]> = {}
  const queues = new Set<number>()
  const after: [item: number, ...jobs: Argument[]][] = []
  let delayed = false
  items.forEach(({ verdict }, i) => {
    const { q } = loans[i]!
    if (q > 0) queues.add(q)
    if (verdict.kind === 'done' && verdict.keep !== undefined && q > 0)
      keep[q] = [whole(verdict.keep.count), whole(verdict.keep.ageMs)]
    if (dueOf(verdict) !== undefined) delayed = true
    const followUps = followUpsOf(verdict)
    if (followUps.length === 0) return
    after.push([i + 1, ...jobArguments(followUps)])
  })
  return {
    queues: [...queues],
    ...(Object.keys(keep).length > 0 && { keep }),
    ...(after.length > 0 && { after }),
    ...(delayed ? { dues: items.map(({ verdict }) => pairOf(dueOf(verdict))) } : {}),
  }
}

const whole = (number: number): number => Math.min(Math.max(0, Math.floor(number)), Number.MAX_SAFE_INTEGER)

const dueOf = (verdict: Verdict): Due | undefined =>
  verdict.kind === 'retry' || verdict.kind === 'release' ? verdict.due : undefined

function pairOf(due: Due | undefined): [inMs: number | null, atMs: number | null] {
  if (due === undefined) return [null, null]
  return 'inMs' in due ? [due.inMs, null] : [null, due.atMs]
}

const followUpsOf = ({ followUps }: Verdict): StoredJob[] => followUps ?? []

/** The answer of the function `settle`: numbers of the stale items, and what became of follow-ups. */
interface Reply {
  stale: number[]
  added: [item: number, answer: string][]
}

export function settledOf(answer: string, items: readonly Item[]): Settled[] {
  const { stale, added } = JSON.parse(answer) as Reply
  const settled = items.map((): Settled => ({ outcome: 'settled' }))
  for (const item of stale) settled[item - 1] = { outcome: 'stale' }
  for (const [item, letters] of added) {
    settled[item - 1]!.followUps = addedOf(letters, followUpsOf(items[item - 1]!.verdict))
  }
  return settled
}
