import { answered } from '../../src/base/answered.ts'
import { defaults } from '../../src/base/defaults.ts'
import { Producer } from '../../src/producer/producer.ts'
import { enqueueOptions } from './handlers.ts'
import { Operators } from './operators.ts'
import { drawEdge, type JobPlan } from './plan.ts'
import type { SimProcess } from './process.ts'
import { Random } from './random.ts'
import type { SimWorker } from './worker.ts'
import type { World } from './world.ts'

/** Every job has ended this long after the world has healed, or it never will. */
const boundMs = 900_000

/** What was promised to a producer. */
export type Ack = { outcome: string; id: string } | { error: unknown }

/** The course of one seed: jobs come, things go wrong, they heal, everything ends, everybody leaves. */
export class Scenario {
  readonly acks = new Map<number, Ack>()
  readonly clients: SimProcess[] = []
  done = false
  readonly #world: World
  readonly #random: Random
  readonly #healMs: number
  readonly #operators: Operators

  constructor(world: World) {
    this.#world = world
    this.#random = new Random(world.seed, 'scenario')
    this.#healMs = world.plan.healMs
    this.#operators = new Operators(world)
  }

  /** Puts everything that will happen on the clock. */
  begin(): void {
    const { clock, plan, slots } = this.#world
    clock.schedule(0, 'limits', () => void this.#setUp(), this.#world.store, -1)
    for (const slot of slots) clock.schedule(this.#random.between(1, 300), 'boot', () => slot.boot())
    this.#client(
      'c0',
      plan.jobs.filter(({ n, parent }) => parent === undefined && n % 2 === 0),
    )
    this.#client(
      'c1',
      plan.jobs.filter(({ n, parent }) => parent === undefined && n % 2 === 1),
    )
    this.#troubles()
    this.#aims()
    this.#operators.act((count, label, run) => this.#now(count, label, run))
    clock.schedule(this.#healMs, 'heal', () => this.#heal())
  }

  async #setUp(): Promise<void> {
    const { auditor, plan, mutant } = this.#world
    await auditor.open()
    for (const [queue, limit] of plan.limits) {
      const set = mutant?.limit?.(limit) ?? limit
      await auditor.limits.set(queue, 'queue', set.queue, 1)
      await auditor.limits.set(queue, 'groups', set.groups, 1)
      for (const [group, settings] of Object.entries(set.own)) await auditor.limits.set(queue, { group }, settings, 1)
    }
  }

  /** A process that only enqueues. */
  #client(name: string, jobs: JobPlan[]): void {
    const world = this.#world
    const process = world.process(name)
    this.clients.push(process)
    const driver = world.wire(process)
    const producer = new Producer({ env: process.env, driver, bodyBytesMax: defaults.bodyBytesMax })
    const connect = async (): Promise<void> => {
      try {
        await answered(process.env, { verb: 'open', timeoutMs: defaults.callTimeoutMs }, driver.open())
      } catch {
        process.later(200, 'connect again', () => void connect())
        return
      }
      for (const job of jobs) process.later(job.atMs, 'enqueue', () => void enqueue(job))
    }
    const enqueue = async (job: JobPlan): Promise<void> => {
      try {
        const definition = world.definitions.get(`${job.queue} ${job.name}`)!
        this.acks.set(job.n, await producer.enqueue(definition, { n: job.n }, enqueueOptions(job)))
      } catch (error) {
        this.acks.set(job.n, { error })
      }
    }
    process.later(1, 'connect', () => void connect())
  }

  #troubles(): void {
    const { plan, slots } = this.#world
    const { profile } = plan
    const random = this.#random
    const someone = () => random.pick(slots).worker
    this.#now(profile.kills, 'kill', () => void someone()?.crash('SIGKILL'))
    this.#now(profile.deploys, 'deploy', () => this.#deploy())
    this.#now(profile.jumps, 'clock jump', () => someone()?.process.jump(random.between(-3_600_000, 3_600_000)))
    this.#now(profile.pauses, 'pause', () => this.#standStill(someone()?.process, random.wide(20, 25_000)))
    this.#now(profile.stalls, 'store stall', () => this.#standStill(this.#world.store, random.wide(100, 20_000)))
    this.#now(profile.hangs, 'a hang', () => this.#hang(someone()))
    this.#now(profile.revocations, 'revoked', () => this.#takeBack(someone()))
    this.#now(profile.partitions, 'partition', () =>
      this.#cutOff(random.chance(0.7) ? someone()?.process : random.pick(this.clients)),
    )
    this.#now(random.chance(0.3) ? random.int(1, 5) : 0, 'concurrency', () => {
      const worker = someone()
      if (worker?.process.state === 'alive')
        worker.process.later(0, 'concurrency', () => worker.setConcurrency(Math.round(random.wide(1, 60))))
    })
  }

  /** Trouble right when a call has been done, before its worker hears of it or just after; or when a job has begun. */
  #aims(): void {
    const { plan, workers, network, clock } = this.#world
    const random = this.#random
    const aims = Array.from({ length: plan.profile.aimed }, () => ({
      at: random.pick(['run', 'run', 'reserve', 'settle', 'beat', 'sweep', 'open', 'close', 'reconcile']),
      skip: random.int(0, random.pick([3, 30])),
      afterMs: random.between(0, 3) * plan.profile.tripMs,
      what: random.pick(
        plan.profile.calm ? ['stop', 'hang'] : ['kill', 'stop', 'pause', 'cut off', 'hang', 'revoke', 'revoke'],
      ),
    }))
    const strike = (at: string, worker: SimWorker | undefined) => {
      if (network.healed || worker === undefined) return
      for (const aim of aims.filter((one) => one.at === at && one.skip-- === 0)) {
        const afterMs = at === 'run' ? 0 : aim.afterMs
        clock.schedule(afterMs, `aimed at ${at}: ${aim.what}`, () => this.#strike(worker, aim.what))
      }
    }
    this.#world.onRun = (worker) => strike('run', worker)
    this.#world.onOp = ({ verb, client, answer }) => {
      if (verb === 'reserve' && (answer as { jobs: unknown[] } | undefined)?.jobs.length === 0) return
      strike(verb, workers.get(client))
    }
  }

  #strike(worker: SimWorker, what: string): void {
    const { process, engine, slot } = worker
    if (process.state !== 'alive') return
    if (what === 'kill') void worker.crash('killed at the worst moment')
    else if (what === 'pause') this.#standStill(process, this.#random.wide(20, 25_000))
    else if (what === 'cut off') this.#cutOff(process)
    else if (what === 'hang') this.#hang(worker)
    else if (what === 'revoke') this.#takeBack(worker)
    else if (engine.state === 'running') process.later(0, 'SIGTERM', () => void worker.stop(slot.plan.graceMs))
  }

  /** Some events somewhere in the bad half. */
  #now(count: number, label: string, run: () => void): void {
    for (let i = 0; i < count; i++) {
      this.#world.clock.schedule(this.#random.between(100, this.#healMs), label, () => {
        this.#world.trace.line(label)
        run()
      })
    }
  }

  #standStill(process: SimProcess | undefined, ms: number): void {
    if (process?.state !== 'alive' && process?.state !== 'stalled') return
    this.#world.trace.line(`${process.name} stands still for ${Math.round(ms)} ms`)
    process.pause()
    this.#world.clock.schedule(ms, `${process.name} goes on`, () => process.resume())
  }

  /** The host's own code keeps the loop: for longer than the lease perhaps, and now and then for longer than it may. */
  #hang(worker: SimWorker | undefined): void {
    const { guardian, profile } = this.#world.plan
    if (worker?.process.state !== 'alive') return
    // Nobody renews for a worker that has no guardian, or does not know yet that its session has begun.
    if (profile.calm && (guardian === undefined || worker.engine.state === 'starting')) return
    const random = this.#random
    const atEdge = guardian !== undefined && !profile.calm && random.chance(0.15)
    const ms = atEdge ? drawEdge(guardian, random) : random.wide(50, 0.8 * (guardian?.stallMsMax ?? 20_000))
    this.#world.trace.line(`the loop of ${worker.name} is kept for ${Math.round(ms)} ms`)
    void worker.loop.keep({ run: undefined, ms, native: random.chance(0.3) })
  }

  /** As if its lease had run out: whatever calls it has open at this moment. */
  #takeBack(worker: SimWorker | undefined): void {
    const { memory, shadow, auditor, network, store, takenBack, see } = this.#world
    const session = worker?.engine.session ?? ''
    if (!memory.sessions.has(session)) return
    store.later(0, 'taken back', () => {
      const [there, known] = [memory.sessions.get(session), shadow.sessions.get(session)]
      if (there === undefined || known === undefined || network.healed) return
      if (worker!.driver.callsOpen > 0) see('a session taken back with calls open')
      takenBack.add(session)
      there.leaseUntilMs = known.leaseUntilMs = shadow.nowMs
      const op = { client: 'operator', session: '', verb: 'sweep', call: undefined, parameters: [1_000] }
      void network.tap.apply(op, () => auditor.sweep(1_000))
    })
  }

  #cutOff(process: SimProcess | undefined): void {
    if (process === undefined) return
    const { network, clock, trace } = this.#world
    const ms = this.#random.wide(200, 20_000)
    trace.line(`${process.name} is cut off for ${Math.round(ms)} ms`)
    network.cutOff.add(process)
    clock.schedule(ms, 'reconnected', () => network.cutOff.delete(process))
  }

  /** Each worker in turn is stopped, and a new build comes up. */
  #deploy(): void {
    for (const [index, slot] of this.#world.slots.entries()) {
      this.#world.clock.schedule(index * this.#random.between(0, 3_000), 'roll', () => {
        slot.knowsAll = true
        const { worker } = slot
        if (worker === undefined || worker.engine.state !== 'running') return
        worker.process.later(0, 'SIGTERM', () => void worker.stop(slot.plan.graceMs))
        if (!this.#random.chance(0.15)) return
        const againMs = this.#random.between(0, slot.plan.graceMs)
        worker.process.later(againMs, 'SIGTERM again', () => void worker.stop(slot.plan.graceMs))
      })
    }
  }

  /** From here on nothing goes wrong, and everything has to end. */
  #heal(): void {
    const { network, store, slots, shadow, clock, trace } = this.#world
    trace.line('--- the world has healed ---')
    network.healed = true
    this.#world.healedAtMs = clock.nowMs
    network.cutOff.clear()
    store.resume()
    for (const client of this.clients) client.resume()
    for (const slot of slots) slot.worker?.process.resume()
    for (const queue of shadow.paused) store.later(0, 'resume', () => this.#operators.setPaused(queue, false))
    for (const slot of slots) slot.knowsAll = true
    this.#look(clock.nowMs + boundMs)
  }

  /** Has everything ended? */
  #look(untilMs: number): void {
    const { clock, shadow, slots, plan } = this.#world
    clock.schedule(250, 'look', () => {
      for (const { worker } of slots) if (worker?.knowsAll === false) this.#strike(worker, 'stop')
      const open = shadow.open
      const unanswered = plan.jobs.filter(({ n, parent }) => parent === undefined && !this.acks.has(n))
      if (open.length === 0 && unanswered.length === 0) return void this.#leave()
      if (clock.nowMs < untilMs) return this.#look(untilMs)
      const names = open
        .slice(0, 5)
        .map(
          ({ job, state, dueAtMs }) => `${this.#world.planOf.get(job.id)?.n} ${state} due in ${dueAtMs - shadow.nowMs}`,
        )
      const workers = slots.map(
        ({ worker }) =>
          `${worker?.name} ${worker?.engine.state} cut by ${worker?.engine.cutBy} with ${worker?.engine.inFlight} in flight`,
      )
      this.#world.fail(
        `${open.length} jobs have not ended ${boundMs} ms after the world healed (${names.join('; ')}), ${unanswered.length} enqueues are unanswered; ${workers.join('; ')}`,
      )
    })
  }

  /** Everybody leaves, one after the other. */
  #leave(): void {
    const { clock, slots } = this.#world
    const rest = slots.filter((slot) => {
      slot.closed = true
      const { worker } = slot
      if (worker?.engine.state === 'running' || worker?.engine.state === 'paused')
        worker.process.later(0, 'SIGTERM', () => void worker.stop(slot.plan.graceMs))
      return worker !== undefined
    })
    if (rest.length === 0) this.done = true
    else clock.schedule(100, 'leave', () => this.#leave())
  }
}
