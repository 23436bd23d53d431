import { isDeepStrictEqual } from 'node:util'
import type { MemoryStore } from '../../drivers/memory/index.ts'
import type { Pulse, Report, Reservation, Reserved } from '../../src/contract/driver.ts'
import type { Added, Due, StoredJob } from '../../src/contract/job.ts'
import type { Receipt, Settled, Verdict } from '../../src/contract/verdict.ts'
import { LimitWatch, type QueueLimit } from './limits.ts'
import { accused, beat, closed, reconciled, renewed, swept } from './shadow-sessions.ts'
import { ShadowKeys } from './shadow-keys.ts'
import { isEnded, type ShadowJob, type ShadowSession, shortName } from './shadow-job.ts'
import type { Op } from './tap.ts'

export interface ShadowPorts {
  store: MemoryStore
  leaseMs: number
  limits: ReadonlyMap<string, QueueLimit>
  fail: (message: string) => void
  /** A verdict was written for the first time. */
  settled: (shadow: ShadowJob, receipt: Receipt, verdict: Verdict, outcome: Settled['outcome']) => void
  swept: (session: ShadowSession, held: ShadowJob[]) => void
  closed: (session: ShadowSession, held: ShadowJob[]) => void
  reconciled: (lost: ShadowJob[]) => void
  /** Something that a run should meet, or it proves little. */
  seen: (what: string) => void
}

/**
 * A second, simple idea of the store, made from questions and answers alone: what it answers must be what follows from
 * everything before. What it says of a job must be what this says (`compare`).
 */
export class Shadow {
  readonly jobs = new Map<string, ShadowJob>()
  readonly sessions = new Map<string, ShadowSession>()
  readonly paused = new Set<string>()
  /** Whoever had this receipt, long after the loan has ended. */
  readonly byReceipt = new Map<Receipt, ShadowJob>()
  /** Which session it was given to. */
  readonly sessionOf = new Map<Receipt, string>()
  readonly limitWatch: LimitWatch
  readonly ports: ShadowPorts
  readonly keys = new ShadowKeys()
  readonly #calls = new Map<string, unknown>()
  touched = new Set<ShadowJob>()

  constructor(ports: ShadowPorts) {
    this.ports = ports
    this.limitWatch = new LimitWatch(ports.limits)
  }

  /** One verb, in the order in which the store did it. */
  on(op: Op): void {
    if (op.error !== undefined) return
    if (op.call !== undefined && this.#isRepeated(op)) return
    const [first] = op.parameters
    if (op.verb === 'open') this.#opened(op.client, (op.answer as { session: string }).session)
    else if (op.verb === 'enqueue') this.enqueued(first as StoredJob[], op.answer as Added[])
    else if (op.verb === 'reserve') for (const loan of (op.answer as Reserved).jobs) this.#took(op.session, loan)
    else if (op.verb === 'settle')
      this.#settledAll(op.session, first as { receipt: Receipt; verdict: Verdict }[], op.answer as Settled[])
    else if (op.verb === 'beat') beat(this, op.session, first as Report, op.answer as Pulse)
    else if (op.verb === 'renew') renewed(this, op.session, op.answer as 'alive' | 'revoked')
    else if (op.verb === 'accuse') accused(this, op.session, first as Receipt[])
    else if (op.verb === 'sweep') swept(this, (op.answer as { taken: number }).taken)
    else if (op.verb === 'reconcile')
      reconciled(this, op.session, new Set(first as Receipt[]), (op.answer as { released: number }).released)
    else if (op.verb === 'close') closed(this, op.session)
  }

  get nowMs(): number {
    return this.ports.store.env.nowMs()
  }

  /** Loans that a session has, as far as this knows. */
  heldBy(session: string): ShadowJob[] {
    return [...this.jobs.values()].filter(({ loan }) => loan?.session === session)
  }

  /** Jobs that have not ended. */
  get open(): ShadowJob[] {
    return [...this.jobs.values()].filter((shadow) => !isEnded(shadow))
  }

  fail(message: string): void {
    this.ports.fail(message)
  }

  #isRepeated({ session, call, verb, answer }: Op): boolean {
    const key = `${session} ${call!.lane}.${call!.seq}`
    if (!this.#calls.has(key)) {
      this.#calls.set(key, structuredClone(answer))
      return false
    }
    if (!isDeepStrictEqual(this.#calls.get(key), answer))
      this.fail(`${verb} ${call!.lane}.${call!.seq} was repeated and answered differently`)
    this.ports.seen('a repeated call')
    if (this.sessions.get(session)?.swept === true) this.ports.seen('a repeated call of a session that was taken back')
    return true
  }

  #opened(client: string, session: string): void {
    const known = this.sessions.get(session)
    if (known !== undefined) {
      if (!known.live) this.fail(`open answered a session of ${client} that is over`)
      return
    }
    this.sessions.set(session, {
      id: session,
      client,
      leaseUntilMs: this.nowMs + this.ports.leaseMs,
      live: true,
      swept: false,
      unbegun: new Set(),
      accused: new Set(),
    })
  }

  enqueued(jobs: StoredJob[], answers: Added[]): void {
    if (answers.length !== jobs.length) this.fail('enqueue answered another number of jobs')
    for (const [index, job] of jobs.entries()) {
      const expected = this.#add(job)
      const got = answers[index]
      if (!isDeepStrictEqual(expected, got)) {
        this.fail(`enqueue of ${shortName(job)} answered ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`)
      }
    }
  }

  /** What must become of it, and this idea of the store with it. */
  #add(job: StoredJob): Added {
    const known = this.jobs.get(job.id)
    if (known !== undefined && known.forgotten === 'no') return { outcome: 'duplicate', id: job.id }
    const held = this.keys.holderOf(job.queue, job.unique?.key, this.nowMs)
    const holder = held === undefined ? undefined : this.jobs.get(held)
    let outcome: Added['outcome'] = 'added'
    if (held !== undefined) {
      if (job.unique!.mode === 'keep' || holder?.state !== 'waiting') return { outcome: 'duplicate', id: held }
      holder.state = 'gone'
      holder.forgotten = 'replaced'
      outcome = 'replaced'
    }
    const depthMax = this.ports.limits.get(job.queue)?.queue.depthMax ?? Infinity
    if (outcome === 'added' && this.#waitingIn(job.queue) >= depthMax) return { outcome: 'full', id: job.id }
    this.keys.hold(job, this.nowMs)
    const shadow: ShadowJob = {
      job,
      state: 'waiting',
      attempts: 0,
      crashes: 0,
      dueAtMs: this.#dueAtMs(job.due),
      loan: undefined,
      cancelling: false,
      taken: 0,
      settled: 0,
      forgotten: 'no',
    }
    this.jobs.set(job.id, shadow)
    this.touched.add(shadow)
    return { outcome, id: job.id }
  }

  /** The groups of a queue that have a job to give. */
  #readyIn(queue: string): Set<string | undefined> {
    const ready = [...this.jobs.values()].filter(
      ({ job, state, dueAtMs }) => job.queue === queue && state === 'waiting' && dueAtMs <= this.nowMs,
    )
    return new Set(ready.map(({ job }) => job.group))
  }

  #waitingIn(queue: string): number {
    return [...this.jobs.values()].filter(({ job, state }) => job.queue === queue && state === 'waiting').length
  }

  #dueAtMs(due: Due | undefined): number {
    if (due === undefined) return this.nowMs
    return 'inMs' in due ? this.nowMs + due.inMs : due.atMs
  }

  #took(session: string, { job, receipt, attempts, crashes }: Reservation): void {
    const shadow = this.jobs.get(job.id)
    const name = shortName(job)
    if (shadow === undefined) return this.fail(`${name} was handed out, and nobody has enqueued it`)
    if (shadow.state !== 'waiting') this.fail(`${name} was handed out while it was ${shadow.state}`)
    if (this.sessions.get(session)?.live !== true) this.fail(`${name} was handed out to a session that is over`)
    if (shadow.dueAtMs > this.nowMs)
      this.fail(`${name} was handed out ${shadow.dueAtMs - this.nowMs} ms before it is due`)
    if (this.paused.has(job.queue)) this.fail(`${name} was handed out of a paused queue`)
    if (attempts !== shadow.attempts + 1)
      this.fail(`${name} was handed out as attempt ${attempts}, and ${shadow.attempts} were counted`)
    if (crashes !== shadow.crashes)
      this.fail(`${name} was handed out with ${crashes} crashes, and ${shadow.crashes} were counted`)
    if (job.body !== shadow.job.body || job.group !== shadow.job.group)
      this.fail(`${name} was handed out with another body or group`)
    if (this.byReceipt.has(receipt)) this.fail(`the receipt ${receipt} was given twice`)
    this.#checkPriority(shadow)
    const limited = this.limitWatch.took(job.queue, job.group, this.#readyIn(job.queue), this.nowMs)
    if (limited !== undefined) this.fail(limited)
    shadow.state = 'running'
    shadow.attempts++
    shadow.taken++
    shadow.loan = { receipt, session }
    this.byReceipt.set(receipt, shadow)
    this.sessionOf.set(receipt, session)
    this.touched.add(shadow)
  }

  #checkPriority({ job }: ShadowJob): void {
    for (const other of this.jobs.values()) {
      const rival = other.state === 'waiting' && other.job.queue === job.queue && other.job.group === job.group
      if (rival && other.job.priority > job.priority && other.dueAtMs <= this.nowMs) {
        this.fail(
          `${shortName(job)} (priority ${job.priority}) was taken before ${shortName(other.job)} (${other.job.priority})`,
        )
      }
    }
  }

  #settledAll(session: string, items: { receipt: Receipt; verdict: Verdict }[], answers: Settled[]): void {
    if (answers.length !== items.length) this.fail('settle answered another number of items')
    for (const [index, { receipt, verdict }] of items.entries())
      this.#settledOne(session, receipt, verdict, answers[index]!)
  }

  #settledOne(session: string, receipt: Receipt, verdict: Verdict, { outcome, followUps }: Settled): void {
    const shadow = this.byReceipt.get(receipt)
    if (shadow === undefined) return this.fail(`a settle came with a receipt that nobody was given: ${receipt}`)
    const valid =
      shadow.loan?.receipt === receipt && shadow.loan.session === session && this.sessions.get(session)?.live === true
    const name = shortName(shadow.job)
    if (outcome === 'settled' && !valid)
      this.fail(`the store accepted ${verdict.kind} for ${name} from a loan that was taken back`)
    if (outcome === 'stale' && valid) this.fail(`the store called a valid ${verdict.kind} for ${name} stale`)
    this.ports.settled(shadow, receipt, verdict, outcome)
    if (!valid || outcome !== 'settled') {
      if (followUps !== undefined) this.fail(`a stale settle of ${name} enqueued follow-ups`)
      return
    }
    shadow.settled++
    this.leave(shadow)
    if (verdict.kind === 'retry' || verdict.kind === 'release')
      this.back(shadow, verdict.kind === 'release', verdict.due)
    else this.end(shadow, verdict.kind, verdict.kind === 'done' && (verdict.keep?.count ?? 0) === 0)
    if (verdict.followUps !== undefined && verdict.followUps.length > 0)
      this.enqueued(verdict.followUps, followUps ?? [])
  }

  leave(shadow: ShadowJob): void {
    shadow.loan = undefined
    this.limitWatch.left(shadow.job.queue, shadow.job.group)
    this.touched.add(shadow)
  }

  back(shadow: ShadowJob, attemptBack: boolean, due?: Due): void {
    if (attemptBack) shadow.attempts--
    if (shadow.cancelling) return this.end(shadow, 'cancelled', false)
    shadow.state = 'waiting'
    shadow.dueAtMs = this.#dueAtMs(due)
  }

  end(shadow: ShadowJob, state: 'done' | 'dead' | 'cancelled' | 'quarantined', dropped: boolean): void {
    shadow.state = state
    shadow.cancelling = false
    if (dropped) shadow.forgotten = 'not kept'
    this.keys.letGo(shadow.job)
  }

  /** An event has come to rest, with all its calls: what they changed must be so in the store. */
  rest(): void {
    if (this.touched.size === 0) return
    const touched = this.touched
    this.touched = new Set()
    for (const shadow of touched) this.compare(shadow)
  }

  /** What the store has of a job against what must be. */
  compare({ job, state, attempts, crashes, loan, forgotten }: ShadowJob): void {
    const entry = this.ports.store.jobs.get(job.id)
    if ((entry === undefined) !== (forgotten !== 'no')) {
      return this.fail(
        `${shortName(job)} is ${entry === undefined ? 'lost' : 'still there'}: it should be ${state} (forgotten: ${forgotten})`,
      )
    }
    if (entry === undefined) return
    const found = entry.state === 'ready' || entry.state === 'delayed' ? 'waiting' : entry.state
    if (found !== state) return this.fail(`${shortName(job)} is ${found} in the store and should be ${state}`)
    if (entry.attempts !== attempts || entry.crashes !== crashes || entry.receipt !== loan?.receipt) {
      this.fail(
        `${shortName(job)}: attempts ${entry.attempts}, crashes ${entry.crashes}, loan ${entry.receipt} in the store; ${attempts}, ${crashes}, ${loan?.receipt} expected`,
      )
    }
  }
}
