import { hostname } from 'node:os'
import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Pulse, Receipt, Report } from '../../src/contract/index.ts'
import { unwire, wireBody } from '../redis-common/wire.ts'
import type { Link } from './link.ts'
import { Loans, placeOf } from './loans.ts'
import { loadScript } from './script.ts'

const scripts = {
  open: loadScript('open'),
  close: loadScript('close'),
  beat: loadScript('beat'),
  reconcile: loadScript('reconcile'),
}

/** Jobs that one script gives back. */
const closeBatch = 250

/** One worker's presence: a consumer of the group, by its number; its public name, and what it has on loan. */
export class Session {
  readonly id: string
  readonly name: string
  readonly loans: Loans
  /** The newest reserve of each lane that was answered with nothing after waiting: the same again when it is repeated. */
  readonly inVain = new Map<number, number>()
  /** The newest reserve of each lane: asked for again, it tells the same loans. */
  readonly asked = new Map<number, number>()
  /** Ends what waits. */
  readonly ended = new AbortController()

  private constructor(id: string, name: string) {
    this.id = id
    this.name = name
    this.loans = new Loans(id)
  }

  /** A new one, or the former one while it lives. */
  static async open(link: Link, env: Env, leaseMs: number, former: Session | undefined): Promise<Session> {
    const nonce = Math.floor(env.random() * 36 ** 6).toString(36)
    const place = `${hostname()}:${process.pid}`
    const [id, name] = (await link.run(scripts.open, [former?.id ?? '', place, nonce, leaseMs])) as [string, string]
    return former?.id === id ? former : new Session(id, name)
  }

  async beat(link: Link, { renew, about, unbegun = [], progress }: Report): Promise<Pulse> {
    const args: (string | number)[] = [
      this.id,
      renew ? 1 : 0,
      about,
      JSON.stringify(unbegun.map((receipt) => placeOf(receipt).loan)),
    ]
    for (const { receipt, value } of progress) {
      const { session, loan } = placeOf(receipt)
      if (session === this.id) args.push(loan, wireBody(value))
    }
    const reply = (await link.run(scripts.beat, args)) as [number, number, string[], string[]]
    const [alive, held, cancelled, paused] = reply
    return {
      session: alive === 1 ? 'alive' : 'revoked',
      revoked: [],
      cancelled: cancelled.flatMap((loan) => this.loans.receiptOf(loan) ?? []),
      paused: paused.map(unwire),
      held,
    }
  }

  async reconcile(link: Link, known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    const places = known.map(placeOf)
    const ours = places.filter(({ session }) => session === this.id).map(({ loan }) => loan)
    this.loans.keep(known)
    const args = [this.id, JSON.stringify(ours)]
    const [released, revoked] = (await link.run(scripts.reconcile, args)) as [number, string[]]
    const lost = new Set(revoked)
    return {
      released,
      revoked: known.filter((_, at) => places[at]!.session !== this.id || lost.has(places[at]!.loan)),
    }
  }

  /** Gives back what it holds, a piece a call. */
  async close(link: Link): Promise<void> {
    while ((await link.run(scripts.close, [this.id, closeBatch])) === 1);
  }

  revoked(): FiberWorkError {
    return new FiberWorkError('FW_LEASE_REVOKED', `The session ${this.name} was taken back; open a new one.`)
  }
}
