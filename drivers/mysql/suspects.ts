import type { Receipt } from '../../src/contract/index.ts'
import { loanedOf, stateCodes } from './codec.ts'
import type { Row, Sql } from './sql.ts'
import type { Loan } from './take-back.ts'

// Whom a crash is counted for: those whom a keeper has accused, else all but those that had not begun.

/** Of one session, as its row notes them. */
export interface Noted {
  s: number
  accused: Receipt[]
  unbegun: Receipt[]
}

export const notedOf = ([s, accused, unbegun]: Row): Noted => ({
  s: s as number,
  accused: receiptsIn(accused as string | null),
  unbegun: receiptsIn(unbegun as string | null),
})

const receiptsIn = (text: string | null): Receipt[] => (text === null ? [] : (JSON.parse(text) as Receipt[]))

/** The session dies: whoever is no longer on loan to it is not why. */
export async function acquitSettled({ t, run, text }: Sql, noted: Noted): Promise<void> {
  if (noted.accused.length === 0) return
  const loans = noted.accused.map(loanedOf).filter((loaned) => loaned !== undefined)
  const answers = await run(
    loans.map(
      ({ q, n, loan }) =>
        `select n from ${t.fate} where q = ${q} and n = ${n} and s = ${noted.s} and loan = ${loan} and state = ${stateCodes.running}`,
    ),
  )
  const places = new Set(loans.filter((_, i) => answers[i]!.length > 0).map(placeOf))
  noted.accused = noted.accused.filter((receipt) => {
    const loaned = loanedOf(receipt)
    return loaned !== undefined && places.has(placeOf(loaned))
  })
  const held = noted.accused.length === 0 ? 'null' : text(JSON.stringify(noted.accused))
  await run([`update ${t.session} set accused = ${held} where s = ${noted.s}`])
}

const placeOf = ({ loan, q, n }: { loan: number; q: number; n: number }): string => `${loan}.${q}.${n}`

/** Of the loans of sessions that have died. */
export function suspectsAmong(noted: readonly Noted[]): (loan: Loan, n: number) => boolean {
  const bySession = new Map(noted.map((each) => [each.s, placesOf(each)]))
  return ({ s, loan, q }, n) => {
    const places = bySession.get(s)
    if (places === undefined) return true
    const place = placeOf({ loan, q, n })
    return places.accused.size > 0 ? places.accused.has(place) : !places.unbegun.has(place)
  }
}

const placesOf = ({ accused, unbegun }: Noted) => ({ accused: setOf(accused), unbegun: setOf(unbegun) })

const setOf = (receipts: readonly Receipt[]): Set<string> =>
  new Set(
    receipts
      .map(loanedOf)
      .filter((loaned) => loaned !== undefined)
      .map(placeOf),
  )
