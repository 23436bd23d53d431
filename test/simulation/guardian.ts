import { machineMs, sleep } from '../../src/base/env.ts'
import type { Receipt } from '../../src/contract/verdict.ts'
import type { LeaseGuard } from '../../src/engine/lease.ts'
import type { Answer } from '../../src/guardian/look.ts'
import type { Found } from '../../src/guardian/messages.ts'
import type { NativeView } from '../../src/guardian/native.ts'
import { Renewals } from '../../src/guardian/renewals.ts'
import { Shared } from '../../src/guardian/shared.ts'
import { type Asked, Watch } from '../../src/guardian/watch.ts'
import { bootMs } from './clock.ts'
import type { Keeping, Loop } from './loop.ts'
import type { GuardianPlan } from './plan.ts'
import type { SimProcess } from './process.ts'
import type { Run } from './runs.ts'
import type { SimWorker } from './worker.ts'
import type { World } from './world.ts'

const lookMsMax = 200
/** From one thread to the other: the same for each message, so that none overtakes another. */
const messageMs = 0.2
/** What the main thread has for ending by itself before it is killed. */
const exitMs = 2_000
/** A guardian that has not noticed a silence after so much more than the longest stall is late. */
const lateMs = 3_000

/** The memory that both threads see: the beats come from the simulated loop. */
class SimShared extends Shared {
  readonly #loop: Loop

  constructor(loop: Loop) {
    super()
    this.#loop = loop
  }

  override get beatAtMs(): number {
    return bootMs + this.#loop.beatAtMs
  }
}

/** Linux tells nothing here. */
const noView = { begin: () => {}, tell: () => undefined } as unknown as NativeView

/**
 * The guardian of one worker, both of its ends: the real renewals and the real watch on a virtual thread, put together as in
 * `src/guardian/thread.ts`. What it says of whom is judged by what the simulation knows.
 */
export class SimGuardian implements LeaseGuard {
  readonly #world: World
  readonly #worker: SimWorker
  readonly #plan: GuardianPlan
  readonly #thread: SimProcess
  readonly #shared: SimShared
  readonly #watch: Watch
  readonly #renewals: Renewals
  readonly #end = new AbortController()
  #session = ''
  #keptFromMs = Infinity
  /** Its last renewal of the session that its worker has, or its last answer about it. */
  #renewedAtMs = 0
  #started = false
  #ended: (() => void) | undefined
  /** It has named who keeps the loop, and the store has heard it. */
  accused: Receipt | undefined
  /** It has let a lease run out. */
  gaveUp = false

  constructor(world: World, worker: SimWorker, plan: GuardianPlan) {
    this.#world = world
    this.#worker = worker
    this.#plan = plan
    this.#thread = worker.loop.thread
    this.#shared = new SimShared(worker.loop)
    this.#renewals = this.#makeRenewals()
    this.#watch = new Watch({
      shared: this.#shared,
      native: noView,
      askMs: plan.blockMsMax,
      blockMsMax: plan.blockMsMax,
      stallMsMax: plan.stallMsMax,
      ask: (onAnswer) => this.#ask(onAnswer),
      blocked: (found) => {
        world.see('a blocked loop')
        this.#judge(found, worker.loop.history)
        this.#renewals.hurry()
      },
      recovered: (found) => {
        this.#judge(found, worker.loop.history)
        if (!this.isDying) this.#renewals.resume()
        this.#renewals.hurry()
      },
      stalled: (found) => void this.#giveUp(found),
    })
  }

  keep(session: string): void {
    this.#keptFromMs = machineMs()
    this.#session = session
    if (this.#started) return void this.#thread.later(messageMs, 'keep', () => this.#renewals.keep(session))
    this.#started = true
    this.#thread.later(this.#world.random.between(10, 60), 'guardian starts', () => {
      this.#renewals.keep(this.#session)
      this.#renewals.start()
      void this.#look()
    })
  }

  /** The simulation counts none. */
  readonly renewals = 0

  get renewedMsAgo(): number {
    const { renewedAtMs } = this.#shared
    return renewedAtMs < this.#keptFromMs ? Infinity : machineMs() - renewedAtMs
  }

  /** Leases are renewed until the end. */
  end(): Promise<void> {
    if (!this.#started) return Promise.resolve()
    return new Promise((resolve) => {
      this.#ended = resolve
      this.#thread.later(messageMs, 'end', () => {
        this.#end.abort()
        this.#watch.end()
        void this.#renewals.end().finally(() => this.#say(() => this.#ended?.()))
      })
    })
  }

  /** It has given the lease up and ends the process. */
  get isDying(): boolean {
    return this.gaveUp && this.#plan.exits
  }

  async #look(): Promise<void> {
    const lookMs = Math.min(lookMsMax, this.#plan.blockMsMax / 4)
    while (!this.#end.signal.aborted) {
      this.#watch.look()
      this.#checkRenewals()
      await sleep(this.#thread.env, lookMs, this.#end.signal)
    }
  }

  /** With a store that answers, the lease of the session that its worker has is renewed, whatever the loop does. */
  #checkRenewals(): void {
    const { healedAtMs, clock, plan, fail } = this.#world
    const sinceMs = Math.max(healedAtMs, this.#worker.process.resumedAtMs, this.#keptFromMs - bootMs, this.#renewedAtMs)
    const isLate = clock.nowMs - sinceMs > plan.leaseMs && !this.gaveUp
    if (isLate && this.#world.memory.sessions.has(this.#session))
      fail(`the guardian of ${this.#worker.name} does not renew its session`)
  }

  #makeRenewals(): Renewals {
    const { world, worker } = { world: this.#world, worker: this.#worker }
    return new Renewals({
      env: this.#thread.env,
      shared: this.#shared,
      leaseMs: world.plan.leaseMs,
      makeKeeper: async () => {
        const keeper = world.keeper(worker.process, this.#thread)
        return {
          ...keeper,
          renew: async (session, health) => {
            const { surelySilentMs } = worker.loop
            if (surelySilentMs > this.#plan.stallMsMax + lateMs)
              world.fail(`${worker.name} is renewed, and its loop has not turned for ${Math.round(surelySilentMs)} ms`)
            if (this.isDying)
              world.fail(`${worker.name} is renewed after its guardian has given it up, and is about to die`)
            const sentAtMs = world.clock.nowMs
            const answer = await keeper.renew(session, health)
            if (answer === 'alive') worker.leaseKept(session, sentAtMs)
            if (session === this.#session) this.#renewedAtMs = world.clock.nowMs
            return answer
          },
        }
      },
      health: () => (this.#watch.current === undefined ? '{"loop":"turns"}' : '{"loop":"blocked"}'),
      kept: () => {},
      revoked: (session) => this.#say(() => worker.engine.revoked(session)),
      failed: () => world.see('a guardian that cannot renew'),
    })
  }

  /** To the main thread, which hears it when its loop turns. */
  #say(run: () => void): void {
    this.#worker.process.later(messageMs, 'the guardian says', run)
  }

  /**
   * The main thread answers on top of JavaScript that keeps it, and out of native code only when that has ended: then
   * whoever is next may be the one that is named.
   */
  #ask(onAnswer: (answer: Answer | undefined, answeredMs: number) => void): Asked {
    const { clock, random } = this.#world
    const { process, loop, running } = this.#worker
    const askedAtMs = clock.nowMs
    let open = true
    const answer = (run: Run | undefined) => {
      if (!open) return
      open = false
      const receipt = run?.fiber.settled === false ? run.fiber.loan.receipt : undefined
      onAnswer({ stack: [], ...(receipt !== undefined && { receipt }) }, clock.nowMs - askedAtMs)
    }
    const onTop = () => {
      if (process.state === 'stalled' && loop.kept?.native === false) return answer(loop.kept.run)
      process.later(0, 'answers late', () => answer(running.length > 0 ? random.pick(running) : undefined))
    }
    this.#thread.later(random.between(1, 6), 'answers', onTop)
    return { close: () => void (open = false) }
  }

  /** Only who has kept the loop may be named for sure: in this silence, or in the one that has ended just now. */
  #judge({ block, receipt }: Found, suspects: readonly Keeping[]): void {
    if (block.sure !== 'exact' || receipt === undefined) return
    if (!suspects.some(({ run }) => run?.fiber.loan.receipt === receipt))
      this.#world.fail(`the guardian of ${this.#worker.name} names a job that did not keep its loop`)
  }

  async #giveUp(found: Found): Promise<void> {
    const { name, loop } = this.#worker
    this.#world.see('a guardian that gives up')
    this.#world.trace.line(`the guardian of ${name} gives up: ${found.block.sure}`)
    if (loop.silentMs < this.#plan.stallMsMax)
      this.#world.fail(`the guardian of ${name} gave up after ${Math.round(loop.silentMs)} ms of silence`)
    this.#judge(found, loop.suspects)
    this.gaveUp = true
    this.#renewals.pause()
    const { block, receipt } = found
    if (block.sure === 'exact' && receipt !== undefined) {
      await this.#renewals.accuse([receipt]).then(
        () => (this.accused = receipt),
        () => {},
      )
    }
    if (this.#plan.exits) this.#endProcess()
  }

  #endProcess(): void {
    const { process, loop } = this.#worker
    const { run } = loop.kept ?? loop.suspects.at(-1) ?? {}
    const die = () => void this.#worker.crash('its loop was blocked for too long', run?.plan)
    const random = this.#world.random
    if (loop.kept?.native !== true) return void this.#thread.later(random.between(1, 6), 'exits', die)
    process.later(0, 'exits', die)
    this.#thread.later(exitMs, 'is killed by its guardian', die)
  }
}
