import assert from 'node:assert/strict'
import type { Added, JobRecord, Reservation, Settled, Verdict } from '../../src/contract/index.ts'
import type { Ability } from './ability.ts'
import type { Action, QueueName } from './actions.ts'
import { follow } from './follow.ts'
import type { Harness } from './harness.ts'
import { inspectorOf, leaseMsShort, limitsOf } from './law.ts'
import { closeSide, forget, openSide, plain, reconcile, reopen, repeatable, takeRest } from './side.ts'
import type { Side, Worker } from './side.ts'

const queues: QueueName[] = ['line', 'fair']

/** The driver under test beside the reference: every step is done by both. */
export class Pair {
  readonly #able: Ability
  readonly #tested: Side
  readonly #reference: Side
  readonly #seen = new Set<string>()
  /** Ready jobs that came back: in which order they go among themselves is the driver's own affair. */
  #returned = new Set<string>()
  readonly #capped = new Set<QueueName>()
  #revision = 0
  #count = 0

  private constructor(able: Ability, tested: Side, reference: Side) {
    this.#able = able
    this.#tested = tested
    this.#reference = reference
  }

  static async open(able: Ability, tested: Harness, reference: Harness): Promise<Pair> {
    return new Pair(able, await openSide(tested, able), await openSide(reference, able))
  }

  async step(drawn: Action): Promise<void> {
    const action = this.#named(drawn)
    const before = await this.#states()
    if (action.kind === 'reserve' && !this.#able.exact) return follow(this.#tested, this.#reference, action, this.#able)
    if (action.kind === 'reserve' && !this.#isCertain(action)) return
    if (action.kind === 'limit') this.#revision++
    const got = await this.#act(this.#tested, action)
    const expected = await this.#act(this.#reference, action)
    const told = this.#allowed(action, got, expected)
    assert.deepEqual(told, this.#allowed(action, expected, expected), `answers to ${JSON.stringify(action)}`)
    await this.#noteReturned(action, before)
  }

  /** The jobs, the counts and the loans of both sides are the same. */
  async compare(after: string): Promise<void> {
    assert.deepEqual(await this.#look(this.#tested), await this.#look(this.#reference), `after ${after}`)
  }

  async audit(): Promise<number[]> {
    const repaired: number[] = []
    for (const { workers } of [this.#tested, this.#reference]) {
      let sum = 0
      let cursor: string | undefined
      do {
        const audit = await inspectorOf(workers[0]!.hand).audit(cursor)
        sum += audit.repaired
        cursor = audit.cursor
      } while (cursor !== undefined)
      repaired.push(sum)
    }
    return repaired
  }

  /** Everybody lets go of what he holds: then what can be taken, and how often it was tried, is the same on both sides. */
  async drain(): Promise<void> {
    for (const { workers } of [this.#tested, this.#reference]) for (const worker of workers) await reopen(worker)
    for (const queue of this.#able.limits ? [] : queues) {
      const eager = this.#able.exact
      const [got, expected] = [await takeRest(this.#tested, queue, eager), await takeRest(this.#reference, queue, true)]
      const told = ({ job: { id, body, group }, attempts, crashes }: Reservation) => ({
        ...{ id, body, group, attempts },
        crashes: this.#able.crashes ? crashes : 0,
      })
      assert.deepEqual(got.map(told), expected.map(told), `what could be taken from ${queue} in the end`)
    }
  }

  async close(): Promise<void> {
    await closeSide(this.#tested)
    await closeSide(this.#reference)
  }

  /** Where an id is taken nowhere, no two jobs have the same. */
  #named(action: Action): Action {
    if (action.kind !== 'enqueue' || this.#able.ids !== 'nowhere') return action
    return { ...action, jobs: action.jobs.map((job) => ({ ...job, id: `${job.id}-${++this.#count}` })) }
  }

  /** Which jobs a limited reserve takes is certain while at most one came back. */
  #isCertain({ queue, limit }: { queue: QueueName; limit: number }): boolean {
    const cut = queue === 'fair' ? this.#capped.has(queue) : limit < 100 || this.#capped.has(queue)
    return !cut || this.#returned.size <= 1
  }

  /** Where the store does not fence, it may be unsure of either; and whoever has taken all that it might need not know that it is all. */
  #allowed(action: Action, got: unknown, expected: unknown): unknown {
    if (action.kind === 'die') {
      const { taken, more } = got as { taken: number; more: boolean }
      return { taken, more: more && taken < action.limit }
    }
    const settles = action.kind === 'settle' || action.kind === 'settle stale'
    if (!settles || this.#able.fenced || !Array.isArray(got) || !Array.isArray(expected)) return got
    return (got as Settled[]).map((each, i) => (each.outcome === 'unsure' ? (expected[i] as Settled) : each))
  }

  async #act(side: Side, action: Action): Promise<unknown> {
    const first = side.workers[0]!.hand
    switch (action.kind) {
      case 'enqueue': {
        for (const { id } of action.jobs) this.#seen.add(id)
        const worker = side.workers[action.hand]!
        const call = worker.hand.call()
        return repeatable<Added[]>(worker, () => worker.hand.enqueue(action.jobs, call))
      }
      case 'reserve':
        return this.#reserve(side.workers[action.hand]!, action)
      case 'settle':
        return this.#settle(side, side.workers[action.hand]!, action)
      case 'settle stale': {
        const worker = side.workers[action.hand]!
        const receipt = worker.past[action.pick % Math.max(1, worker.past.length)]
        if (receipt === undefined) return 'none'
        const call = worker.hand.call()
        return repeatable(worker, () => worker.hand.driver.settle(call, [{ receipt, verdict: { kind: 'done' } }]))
      }
      case 'repeat':
        return side.workers[action.hand]!.again?.()
      case 'reconcile':
        return reconcile(side.workers[action.hand]!, action.forget)
      case 'reopen':
        return reopen(side.workers[action.hand]!)
      case 'die':
        return this.#die(side, action.limit)
      case 'pause':
      case 'resume':
        return inspectorOf(first)[action.kind]([action.queue])
      case 'limit':
        return this.#limit(side, action)
      case 'freeze': {
        const group = action.queue === 'fair' ? action.group : undefined
        return limitsOf(first).freeze(action.queue, group, action.frozen ? side.store.nowMs() + 3_600_000 : 0)
      }
      case 'cancel':
      case 'remove':
      case 'retry':
        return inspectorOf(first)[action.kind](action.ids)
      case 'purge':
        return inspectorOf(first).purge(action.queue, action.states, 1_000)
    }
  }

  async #die({ store, workers }: Side, limit: number): Promise<unknown> {
    const [{ hand: first }, , mortal] = workers as [Worker, Worker, Worker]
    await store.advance(leaseMsShort + 30)
    const swept = await first.driver.sweep(limit)
    assert.equal((await mortal.hand.beat({ renew: true })).session, 'revoked')
    let { more } = swept
    while (more) more = (await first.driver.sweep(1_000)).more
    await mortal.hand.open()
    forget(mortal)
    return swept
  }

  async #limit({ workers }: Side, action: Extract<Action, { kind: 'limit' }>): Promise<unknown> {
    const { queue, concurrencyMax, depthMax, quota: jobs } = action
    const limits = limitsOf(workers[0]!.hand)
    if (concurrencyMax === undefined && jobs === undefined) this.#capped.delete(queue)
    else this.#capped.add(queue)
    // A window that no run sees the end of.
    const quota = jobs === undefined ? {} : { quota: { jobs, perMs: 4 * 10 ** 12 } }
    const cap = concurrencyMax === undefined ? quota : { concurrencyMax, ...quota }
    const depth = depthMax === undefined ? {} : { depthMax }
    const fair = queue === 'fair'
    const groups = await limits.set(queue, 'groups', fair ? cap : {}, this.#revision)
    return [groups, await limits.set(queue, 'queue', fair ? depth : { ...cap, ...depth }, this.#revision)]
  }

  async #reserve(worker: Worker, { queue, limit }: { queue: QueueName; limit: number }): Promise<unknown> {
    const call = worker.hand.call()
    // From groups everything that may be taken, so that whose turn it is does not matter.
    const most = queue === 'fair' ? 1_000 : limit
    let loans: Reservation[] = []
    await repeatable(worker, async () => {
      const { jobs } = await worker.hand.reserve(queue, most, { call })
      loans = jobs
      return jobs
    })
    for (const loan of loans) worker.loans.set(loan.job.id, loan)
    const told = loans.map(({ job, attempts, crashes }) => {
      return { id: job.id, body: job.body, attempts, crashes: this.#able.crashes ? crashes : 0 }
    })
    const inOrder = queue === 'line' && this.#returned.size <= 1
    return inOrder ? told : told.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #settle(side: Side, worker: Worker, { picks, verdict }: Extract<Action, { kind: 'settle' }>): Promise<unknown> {
    for (const { id } of verdict.followUps ?? []) this.#seen.add(id)
    const ids = [...worker.loans.keys()].toSorted()
    if (ids.length === 0) return 'none'
    const chosen = picks.map((pick) => worker.loans.get(ids[pick % ids.length]!)!)
    const call = worker.hand.call()
    const given = side === this.#reference ? this.#forgotten(verdict) : verdict
    const settled = await repeatable(worker, () => worker.hand.settle(chosen, given, call))
    for (const { job, receipt } of chosen) {
      worker.loans.delete(job.id)
      worker.past.push(receipt)
    }
    return settled
  }

  /** What a store without history makes of an end: the job is gone, and its id is free. */
  #forgotten(verdict: Verdict): Verdict {
    if (this.#able.history || verdict.kind === 'retry' || verdict.kind === 'release') return verdict
    return { kind: 'done', ...(verdict.followUps && { followUps: verdict.followUps }) }
  }

  async #states(): Promise<Map<string, JobRecord | undefined>> {
    if (!this.#able.exact) return new Map()
    const ids = [...this.#seen]
    const records = await inspectorOf(this.#reference.workers[0]!.hand).find(ids)
    return new Map(ids.map((id, i) => [id, records[i]]))
  }

  async #noteReturned(action: Action, before: Map<string, JobRecord | undefined>): Promise<void> {
    const brings = ['reopen', 'die', 'reconcile'].includes(action.kind)
    const releases = action.kind === 'settle' && action.verdict.kind === 'release' && action.verdict.due === undefined
    for (const [id, record] of await this.#states()) {
      if (record?.state !== 'ready') this.#returned.delete(id)
      else if ((brings || releases) && before.get(id)?.state === 'running') this.#returned.add(id)
    }
  }

  async #look({ workers }: Side): Promise<unknown> {
    const [{ hand }] = workers as [Worker]
    const depths = await hand.driver.depth(queues)
    const records = await inspectorOf(hand).find([...this.#seen])
    const held: (number | undefined)[] = []
    if (this.#able.sessions) for (const worker of workers) held.push((await worker.hand.beat()).held)
    const sessions = workers.map((worker) => worker.hand.session)
    return {
      depths: depths.map(({ oldestReadyMs, ...depth }) => ({ ...depth, some: oldestReadyMs !== undefined })),
      jobs: records.map((record) => record && plain(record, sessions, this.#able)),
      held,
    }
  }
}
