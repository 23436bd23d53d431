import type { Call, Reserved, Want } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { type Recalled, recall, remember } from './calls.ts'
import { loanOf } from './codec.ts'
import type { Link } from './link.ts'
import { outlook, type Outlook } from './outlook.ts'
import type { Lending } from './loans.ts'
import { offersOf, reserveInto } from './reserve.ts'
import { askAlive, type Session } from './session.ts'
import { recallReserved } from './taken.ts'

/** Without a lock: the answer if it was given before, else whether there is something to take. */
export async function look(
  link: Link,
  session: Session,
  call: Call,
  want: Want,
): Promise<{ reserved: Reserved } | Outlook> {
  const { s } = session
  return link.look('reserve', async (sql) => {
    const recalled: Recalled = {}
    let isAlive = false
    const seen = await outlook(sql, link.names, want, [
      recall(sql, s, call, 'reserve', recalled),
      { text: askAlive(link.t, s), take: (rows) => (isAlive = rows.length > 0) },
    ])
    if (recalled.answer !== undefined) {
      return { reserved: await recallReserved(sql, { s, loan: loanOf(call) }, recalled.answer) }
    }
    if (!isAlive) throw revoked(session)
    return seen
  })
}

/** Under the locks: of the session, so that nobody takes it back meanwhile, and of the queues. */
export function take(link: Link, session: Session, call: Call, want: Want, only: Outlook['only']): Promise<Reserved> {
  const { s } = session
  const lending: Lending = { s, loan: loanOf(call) }
  return link.transact('reserve', async (unit) => {
    const recalled: Recalled = {}
    let isAlive = false
    const offers = offersOf(unit, link.names, want, only)
    await unit.ask([
      { text: `${askAlive(link.t, s)} lock in share mode`, take: (rows) => (isAlive = rows.length > 0) },
      ...unit.locking(offers.map(({ q }) => q)),
      recall(unit.sql, s, call, 'reserve', recalled),
      ...offers.flatMap((offer) => offer.ask()),
    ])
    if (recalled.answer !== undefined) {
      unit.discarded = true
      return recallReserved(unit.sql, lending, recalled.answer)
    }
    if (!isAlive) throw revoked(session)
    const { reserved, record } = await reserveInto(unit, offers, want.limit, lending)
    if (reserved.jobs.length > 0) remember(unit, s, call, 'reserve', record)
    return reserved
  })
}

export const nothing = (): Reserved => ({ jobs: [], broken: [] })

export const revoked = ({ name }: Session): FiberWorkError =>
  new FiberWorkError('FW_LEASE_REVOKED', `The session ${name} was taken back; open a new one.`)
