import { hostname } from 'node:os'
import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Pulse, Receipt, Report } from '../../src/contract/index.ts'
import { type Link } from './link.ts'
import { Loans, placeOf, receiptOf } from './loans.ts'
import { HandedOver } from './reserve.ts'
import { loadScript } from './script.ts'
import { unwire, wireBody } from './codec.ts'
import { Waiting } from './waiting.ts'

const scripts = {
  open: loadScript('open'),
  close: loadScript('close'),
  beat: loadScript('beat'),
  reconcile: loadScript('reconcile'),
}

/** Jobs that one script gives back. */
const closeBatch = 250

/** One worker's presence: its number, its public name, and what it has on loan. */
export class Session {
  readonly id: string
  readonly name: string
  readonly loans: Loans
  readonly waiting: Waiting
  readonly handedOver = new HandedOver()
  /** The newest reserve of each lane that was answered with nothing after waiting: the same again when it is repeated. */
  readonly inVain = new Map<number, number>()
  /** What its newest reserve asked for. */
  queues: string[] = []

  private constructor(id: string, name: string, env: Env) {
    this.id = id
    this.name = name
    this.loans = new Loans(id)
    this.waiting = new Waiting(env)
  }

  /** A new one, or the former one while it lives. */
  static async open(link: Link, env: Env, leaseMs: number, former: Session | undefined): Promise<Session> {
    const nonce = Math.floor(env.random() * 36 ** 6).toString(36)
    const place = `${hostname()}:${process.pid}`
    const [id, name] = (await link.run(scripts.open, [former?.id ?? '', place, nonce, leaseMs])) as [string, string]
    return former?.id === id ? former : new Session(id, name, env)
  }

  async beat(link: Link, { renew, about, unbegun = [], progress }: Report): Promise<Pulse> {
    const places = unbegun.map(placeOf).map(({ loan, place }) => `${loan}.${place}`)
    const args: (string | number)[] = [this.id, renew ? 1 : 0, about, JSON.stringify(places)]
    for (const { receipt, value } of progress) {
      const { session, loan, place } = placeOf(receipt)
      if (session === this.id) args.push(loan, place, wireBody(value))
    }
    const [alive, held, cancelled, paused] = (await link.run(scripts.beat, args)) as [
      number,
      number,
      string[],
      string[],
    ]
    return {
      session: alive === 1 ? 'alive' : 'revoked',
      revoked: [],
      cancelled: cancelled.map((place) => `${this.id}.${place}` as Receipt),
      paused: paused.map(unwire),
      held,
    }
  }

  async reconcile(link: Link, known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    const places = known.map(placeOf)
    const ours = places.filter(({ session }) => session === this.id)
    this.loans.keep(known)
    const byLoan = new Map<number, number[]>()
    for (const { loan, place } of ours) byLoan.set(loan, [...(byLoan.get(loan) ?? []), place])
    const args = [this.id, JSON.stringify([...byLoan])]
    const [released, revoked] = (await link.run(scripts.reconcile, args)) as [number, string[]]
    const lost = new Set(revoked.map((place) => `${this.id}.${place}`))
    return {
      released,
      revoked: known.filter((receipt, at) => places[at]!.session !== this.id || lost.has(canonical(receipt))),
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

function canonical(receipt: Receipt): string {
  const { session, loan, place } = placeOf(receipt)
  return receiptOf(session, loan, place)
}
