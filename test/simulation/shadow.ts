import { isDeepStrictEqual } from 'node:util'
import type { MemoryStore } from '../../drivers/memory/index.ts'
import type { Pulse, Reservation, Reserved } from '../../src/contract/driver.ts'
import type { Added, Due, StoredJob } from '../../src/contract/job.ts'
import type { Receipt, Settled, Verdict } from '../../src/contract/verdict.ts'
import { LimitWatch, type QueueLimit } from './limits.ts'
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
  readonly limitWatch: LimitWatch
  readonly #ports: ShadowPorts
  readonly #keys = new Map<string, { id: string; untilMs: number }>()
  readonly #calls = new Map<string, unknown>()
  #touched = new Set<ShadowJob>()

  constructor(ports: ShadowPorts) {
    this.#ports = ports
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
    else if (op.verb === 'settle') this.#settledAll(op.session, first as { receipt: Receipt; verdict: Verdict }[], op.answer as Settled[])
    else if (op.verb === 'beat') this.#beat(op.session, op.answer as Pulse)
    else if (op.verb === 'sweep') this.#swept((op.answer as { taken: number }).taken)
    else if (op.verb === 'reconcile') this.#reconciled(op.session, new Set(first as Receipt[]), (op.answer as { released: number }).released)
    else if (op.verb === 'close') this.#closed(op.session)
  }

  get nowMs(): number {
    return this.#ports.store.env.nowMs()
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
    this.#ports.fail(message)
  }

  #isRepeated({ session, call, verb, answer }: Op): boolean {
    const key = `${session} ${call!.lane}.${call!.seq}`
    if (!this.#calls.has(key)) {
      this.#calls.set(key, structuredClone(answer))
      return false
    }
    if (!isDeepStrictEqual(this.#calls.get(key), answer)) this.fail(`${verb} ${call!.lane}.${call!.seq} was repeated and answered differently`)
    return true
  }

  #opened(client: string, session: string): void {
    const known = this.sessions.get(session)
    if (known !== undefined) {
      if (!known.live) this.fail(`open answered a session of ${client} that is over`)
      return
    }
    this.sessions.set(session, { client, leaseUntilMs: this.nowMs + this.#ports.leaseMs, live: true, swept: false })
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
    const held = this.holderOf(job.queue, job.unique?.key)
    const holder = held === undefined ? undefined : this.jobs.get(held)
    let outcome: Added['outcome'] = 'added'
    if (held !== undefined) {
      if (job.unique!.mode === 'keep' || holder?.state !== 'waiting') return { outcome: 'duplicate', id: held }
      holder.state = 'gone'
      holder.forgotten = 'replaced'
      outcome = 'replaced'
    }
    const depthMax = this.#ports.limits.get(job.queue)?.queue.depthMax ?? Infinity
    if (outcome === 'added' && this.#waitingIn(job.queue) >= depthMax) return { outcome: 'full', id: job.id }
    this.#hold(job)
    const shadow: ShadowJob = {
      job, state: 'waiting', attempts: 0, crashes: 0, dueAtMs: this.#dueAtMs(job.due), loan: undefined, cancelling: false, taken: 0, settled: 0, forgotten: 'no',
    }
    this.jobs.set(job.id, shadow)
    this.#touched.add(shadow)
    return { outcome, id: job.id }
  }

  /** The id that holds a unique key. */
  holderOf(queue: string, key: string | undefined): string | undefined {
    const held = key === undefined ? undefined : this.#keys.get(`${queue} ${key}`)
    return held === undefined || held.untilMs <= this.nowMs ? undefined : held.id
  }

  #hold({ id, queue, unique }: StoredJob): void {
    if (unique === undefined) return
    this.#keys.set(`${queue} ${unique.key}`, { id, untilMs: unique.forMs === undefined ? Infinity : this.nowMs + unique.forMs })
  }

  #letGo({ id, queue, unique }: StoredJob): void {
    if (unique === undefined) return
    const held = this.#keys.get(`${queue} ${unique.key}`)
    if (held?.id === id && held.untilMs === Infinity) this.#keys.delete(`${queue} ${unique.key}`)
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
    if (shadow.dueAtMs > this.nowMs) this.fail(`${name} was handed out ${shadow.dueAtMs - this.nowMs} ms before it is due`)
    if (this.paused.has(job.queue)) this.fail(`${name} was handed out of a paused queue`)
    if (attempts !== shadow.attempts + 1) this.fail(`${name} was handed out as attempt ${attempts}, and ${shadow.attempts} were counted`)
    if (crashes !== shadow.crashes) this.fail(`${name} was handed out with ${crashes} crashes, and ${shadow.crashes} were counted`)
    if (job.body !== shadow.job.body || job.group !== shadow.job.group) this.fail(`${name} was handed out with another body or group`)
    if (this.byReceipt.has(receipt)) this.fail(`the receipt ${receipt} was given twice`)
    this.#checkPriority(shadow)
    const limited = this.limitWatch.took(job.queue, job.group, this.nowMs)
    if (limited !== undefined) this.fail(limited)
    shadow.state = 'running'
    shadow.attempts++
    shadow.taken++
    shadow.loan = { receipt, session }
    this.byReceipt.set(receipt, shadow)
    this.#touched.add(shadow)
  }

  #checkPriority({ job }: ShadowJob): void {
    for (const other of this.jobs.values()) {
      const rival = other.state === 'waiting' && other.job.queue === job.queue && other.job.group === job.group
      if (rival && other.job.priority > job.priority && other.dueAtMs <= this.nowMs) {
        this.fail(`${shortName(job)} (priority ${job.priority}) was taken before ${shortName(other.job)} (${other.job.priority})`)
      }
    }
  }

  #settledAll(session: string, items: { receipt: Receipt; verdict: Verdict }[], answers: Settled[]): void {
    if (answers.length !== items.length) this.fail('settle answered another number of items')
    for (const [index, { receipt, verdict }] of items.entries()) this.#settledOne(session, receipt, verdict, answers[index]!)
  }

  #settledOne(session: string, receipt: Receipt, verdict: Verdict, { outcome, followUps }: Settled): void {
    const shadow = this.byReceipt.get(receipt)
    if (shadow === undefined) return this.fail(`a settle came with a receipt that nobody was given: ${receipt}`)
    const valid = shadow.loan?.receipt === receipt && shadow.loan.session === session && this.sessions.get(session)?.live === true
    const name = shortName(shadow.job)
    if (outcome === 'settled' && !valid) this.fail(`the store accepted ${verdict.kind} for ${name} from a loan that was taken back`)
    if (outcome === 'stale' && valid) this.fail(`the store called a valid ${verdict.kind} for ${name} stale`)
    this.#ports.settled(shadow, receipt, verdict, outcome)
    if (!valid || outcome !== 'settled') {
      if (followUps !== undefined) this.fail(`a stale settle of ${name} enqueued follow-ups`)
      return
    }
    shadow.settled++
    this.#leave(shadow)
    if (verdict.kind === 'retry' || verdict.kind === 'release') this.#back(shadow, verdict.kind === 'release', verdict.due)
    else this.#end(shadow, verdict.kind, verdict.kind === 'done' && (verdict.keep?.count ?? 0) === 0)
    if (verdict.followUps !== undefined && verdict.followUps.length > 0) this.enqueued(verdict.followUps, followUps ?? [])
  }

  #leave(shadow: ShadowJob): void {
    shadow.loan = undefined
    this.limitWatch.left(shadow.job.queue, shadow.job.group)
    this.#touched.add(shadow)
  }

  #back(shadow: ShadowJob, attemptBack: boolean, due?: Due): void {
    if (attemptBack) shadow.attempts--
    if (shadow.cancelling) return this.#end(shadow, 'cancelled', false)
    shadow.state = 'waiting'
    shadow.dueAtMs = this.#dueAtMs(due)
  }

  #end(shadow: ShadowJob, state: 'done' | 'dead' | 'cancelled' | 'quarantined', dropped: boolean): void {
    shadow.state = state
    shadow.cancelling = false
    if (dropped) shadow.forgotten = 'not kept'
    this.#letGo(shadow.job)
  }

  #beat(session: string, { session: answer, cancelled, held, paused }: Pulse): void {
    const known = this.sessions.get(session)
    if (known === undefined) return
    if ((answer === 'alive') !== known.live) this.fail(`a beat of ${known.client} heard ${answer}, and its session is ${known.live ? 'alive' : 'over'}`)
    if (!known.live) return
    known.leaseUntilMs = this.nowMs + this.#ports.leaseMs
    const loans = this.heldBy(session)
    if (held !== loans.length) this.fail(`a beat of ${known.client} heard of ${held} loans, and there are ${loans.length}`)
    const wishes = loans.filter(({ cancelling }) => cancelling).map(({ loan }) => loan!.receipt)
    if (!isDeepStrictEqual(wishes.toSorted(), cancelled.toSorted())) this.fail(`a beat of ${known.client} heard of ${cancelled.length} cancels, and ${wishes.length} are wished for`)
    if (!isDeepStrictEqual([...this.paused].toSorted(), paused.toSorted())) this.fail(`a beat of ${known.client} heard of other paused queues`)
  }

  #swept(taken: number): void {
    const dying = new Set(this.#ports.store.dying.flatMap(({ loans }) => [...loans.keys()]))
    let back = 0
    for (const [name, session] of this.sessions) {
      if (session.live && !this.#ports.store.sessions.has(name)) {
        if (session.leaseUntilMs > this.nowMs) this.fail(`the session of ${session.client} was swept ${session.leaseUntilMs - this.nowMs} ms before its lease ended`)
        session.live = false
        session.swept = true
        this.#ports.swept(session, this.heldBy(name))
      }
      if (session.live) continue
      for (const shadow of this.heldBy(name).filter(({ loan }) => !dying.has(loan!.receipt))) {
        back++
        shadow.crashes++
        this.#leave(shadow)
        this.#back(shadow, true)
      }
    }
    if (back !== taken) this.fail(`a sweep answered that it took ${taken} back, and ${back} were to be taken`)
  }

  #reconciled(session: string, known: ReadonlySet<Receipt>, released: number): void {
    if (this.sessions.get(session)?.live !== true) return
    const lost = this.heldBy(session).filter(({ loan }) => !known.has(loan!.receipt))
    if (lost.length !== released) this.fail(`reconcile released ${released}, and ${lost.length} were unknown to the worker`)
    for (const shadow of lost) {
      this.#leave(shadow)
      this.#back(shadow, true)
    }
  }

  #closed(name: string): void {
    const session = this.sessions.get(name)
    if (session?.live !== true) return
    session.live = false
    this.#ports.closed(session, this.heldBy(name))
    for (const shadow of this.heldBy(name)) {
      this.#leave(shadow)
      this.#back(shadow, true)
    }
  }

  /** Somebody acted from outside, through the inspector. */
  acted(verb: 'cancel' | 'retry' | 'remove', id: string, answer: string): void {
    const shadow = this.jobs.get(id)
    if (shadow === undefined || shadow.forgotten !== 'no') {
      if (answer !== 'unknown') this.fail(`${verb} of a forgotten job answered ${answer}`)
      return
    }
    const expected = this.#act(verb, shadow)
    if (answer !== expected) this.fail(`${verb} of ${shortName(shadow.job)} answered ${answer}, not ${expected}`)
    this.#touched.add(shadow)
  }

  #act(verb: 'cancel' | 'retry' | 'remove', shadow: ShadowJob): string {
    const { job, state } = shadow
    if (verb === 'cancel') {
      if (isEnded(shadow)) return 'settled'
      if (state === 'running') return ((shadow.cancelling = true), 'cancelling')
      this.#end(shadow, 'cancelled', false)
      return 'cancelled'
    }
    if (state === 'running') return 'running'
    if (verb === 'remove') {
      this.#letGo(job)
      shadow.state = 'gone'
      shadow.forgotten = 'removed'
      return 'removed'
    }
    if (state === 'waiting') return ((shadow.dueAtMs = Math.min(shadow.dueAtMs, this.nowMs)), 'waiting')
    const holder = this.holderOf(job.queue, job.unique?.key)
    if (holder !== undefined && holder !== job.id) return 'duplicate'
    this.#hold(job)
    Object.assign(shadow, { state: 'waiting', attempts: 0, crashes: 0, dueAtMs: this.nowMs })
    return 'retried'
  }

  /** An event has come to rest, with all its calls: what they changed must be so in the store. */
  rest(): void {
    if (this.#touched.size === 0) return
    const touched = this.#touched
    this.#touched = new Set()
    for (const shadow of touched) this.compare(shadow)
  }

  /** What the store has of a job against what must be. */
  compare({ job, state, attempts, crashes, loan, forgotten }: ShadowJob): void {
    const entry = this.#ports.store.jobs.get(job.id)
    if ((entry === undefined) !== (forgotten !== 'no')) {
      return this.fail(`${shortName(job)} is ${entry === undefined ? 'lost' : 'still there'}: it should be ${state} (forgotten: ${forgotten})`)
    }
    if (entry === undefined) return
    const found = entry.state === 'ready' || entry.state === 'delayed' ? 'waiting' : entry.state
    if (found !== state) return this.fail(`${shortName(job)} is ${found} in the store and should be ${state}`)
    if (entry.attempts !== attempts || entry.crashes !== crashes || entry.receipt !== loan?.receipt) {
      this.fail(`${shortName(job)}: attempts ${entry.attempts}, crashes ${entry.crashes}, loan ${entry.receipt} in the store; ${attempts}, ${crashes}, ${loan?.receipt} expected`)
    }
  }
}
