import assert from 'node:assert/strict'
import type { JobRecord, Receipt, Reservation } from '../../src/contract/index.ts'
import type { Action, QueueName } from './actions.ts'
import { Hand } from './hand.ts'
import type { Harness, HarnessStore } from './harness.ts'
import { inspectorOf, leaseMsLong, leaseMsShort, limitsOf } from './law.ts'

/** What one worker of one side holds, by job. Receipts differ between the sides; ids do not. */
interface Worker {
  hand: Hand
  loans: Map<string, Reservation>
  past: Receipt[]
  /** The newest call that may be repeated, and what it answered. */
  again: (() => Promise<void>) | undefined
}

/** One store with its three workers. */
interface Side {
  store: HarnessStore
  workers: Worker[]
}

const queues: QueueName[] = ['line', 'fair']

/** The driver under test beside the reference: every step is done by both. */
export class Pair {
  readonly #sides: Side[]
  readonly #seen = new Set<string>()
  /** Ready jobs that came back: in which order they go among themselves is the driver's own affair. */
  #returned = new Set<string>()
  readonly #capped = new Set<QueueName>()
  #revision = 0

  private constructor(sides: Side[]) {
    this.#sides = sides
  }

  static async open(...harnesses: Harness[]): Promise<Pair> {
    return new Pair(await Promise.all(harnesses.map(openSide)))
  }

  async step(action: Action): Promise<void> {
    const answers: unknown[] = []
    const before = await this.#states()
    if (action.kind === 'reserve' && !this.#isCertain(action)) return
    if (action.kind === 'limit') this.#revision++
    for (const side of this.#sides) answers.push(await this.#act(side, action))
    assert.deepEqual(answers[0], answers[1], `answers to ${JSON.stringify(action)}`)
    await this.#noteReturned(action, before)
  }

  /** The jobs, the counts and the loans of both sides are the same. */
  async compare(after: string): Promise<void> {
    const told = await Promise.all(this.#sides.map((side) => this.#look(side)))
    assert.deepEqual(told[0], told[1], `after ${after}`)
  }

  async audit(): Promise<number[]> {
    return Promise.all(
      this.#sides.map(async ({ workers }) => {
        let repaired = 0
        let cursor: string | undefined
        do {
          const audit = await inspectorOf(workers[0]!.hand).audit(cursor)
          repaired += audit.repaired
          cursor = audit.cursor
        } while (cursor !== undefined)
        return repaired
      }),
    )
  }

  async close(): Promise<void> {
    for (const { store, workers } of this.#sides) {
      for (const { hand } of workers) await hand.driver.close()
      await store.close()
    }
  }

  /** Which jobs a limited reserve takes is certain while at most one came back. */
  #isCertain({ queue, limit }: { queue: QueueName; limit: number }): boolean {
    const cut = queue === 'fair' ? this.#capped.has(queue) : limit < 100 || this.#capped.has(queue)
    return !cut || this.#returned.size <= 1
  }

  async #act(side: Side, action: Action): Promise<unknown> {
    const first = side.workers[0]!.hand
    switch (action.kind) {
      case 'enqueue': {
        for (const { id } of action.jobs) this.#seen.add(id)
        const worker = side.workers[action.hand]!
        const call = worker.hand.call()
        return repeatable(worker, () => worker.hand.enqueue(action.jobs, call))
      }
      case 'reserve':
        return this.#reserve(side.workers[action.hand]!, action)
      case 'settle':
        return this.#settle(side.workers[action.hand]!, action)
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
      case 'reopen': {
        const worker = side.workers[action.hand]!
        await worker.hand.driver.close()
        await worker.hand.open()
        forget(worker)
        return undefined
      }
      case 'die': {
        const mortal = side.workers[2]!
        await side.store.advance(leaseMsShort + 30)
        const swept = await first.driver.sweep(action.limit)
        assert.equal((await mortal.hand.beat({ renew: true })).session, 'revoked')
        let { more } = swept
        while (more) more = (await first.driver.sweep(1_000)).more
        await mortal.hand.open()
        forget(mortal)
        return swept
      }
      case 'pause':
      case 'resume':
        return inspectorOf(first)[action.kind]([action.queue])
      case 'limit': {
        const { queue, concurrencyMax, depthMax, quota: jobs } = action
        if (concurrencyMax === undefined && jobs === undefined) this.#capped.delete(queue)
        else this.#capped.add(queue)
        // A window that no run sees the end of.
        const quota = jobs === undefined ? {} : { quota: { jobs, perMs: 4 * 10 ** 12 } }
        const cap = concurrencyMax === undefined ? quota : { concurrencyMax, ...quota }
        const depth = depthMax === undefined ? {} : { depthMax }
        const groups = await limitsOf(first).set(queue, 'groups', queue === 'fair' ? cap : {}, this.#revision)
        const whole = await limitsOf(first).set(
          queue,
          'queue',
          queue === 'fair' ? depth : { ...cap, ...depth },
          this.#revision,
        )
        return [groups, whole]
      }
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
    const told = loans.map(({ job, attempts, crashes }) => ({ id: job.id, body: job.body, attempts, crashes }))
    const inOrder = queue === 'line' && this.#returned.size <= 1
    return inOrder ? told : told.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async #settle(worker: Worker, { picks, verdict }: Extract<Action, { kind: 'settle' }>): Promise<unknown> {
    for (const { id } of verdict.followUps ?? []) this.#seen.add(id)
    const ids = [...worker.loans.keys()].toSorted()
    if (ids.length === 0) return 'none'
    const chosen = picks.map((pick) => worker.loans.get(ids[pick % ids.length]!)!)
    const call = worker.hand.call()
    const settled = await repeatable(worker, () => worker.hand.settle(chosen, verdict, call))
    for (const { job, receipt } of chosen) {
      worker.loans.delete(job.id)
      worker.past.push(receipt)
    }
    return settled
  }

  async #states(): Promise<Map<string, JobRecord | undefined>> {
    const ids = [...this.#seen]
    const records = await inspectorOf(this.#sides[1]!.workers[0]!.hand).find(ids)
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
    for (const worker of workers) held.push((await worker.hand.beat()).held)
    const sessions = workers.map((worker) => worker.hand.session)
    return {
      depths: depths.map(({ oldestReadyMs, ...depth }) => ({ ...depth, some: oldestReadyMs !== undefined })),
      jobs: records.map((record) => record && plain(record, sessions)),
      held,
    }
  }
}

async function openSide(harness: Harness): Promise<Side> {
  const store = await harness.store()
  const workers: Worker[] = []
  for (const leaseMs of [leaseMsLong * 100, leaseMsLong * 100, leaseMsShort]) {
    const driver = store.driver({ leaseMs })
    await driver.prepare()
    workers.push({ hand: await new Hand(driver).open(), loans: new Map(), past: [], again: undefined })
  }
  return { store, workers }
}

/** Do it, and remember how to ask for the same answer again. */
async function repeatable<T>(worker: Worker, call: () => Promise<T>): Promise<T> {
  const answer = await call()
  worker.again = async () => assert.deepEqual(await call(), answer, 'the same call, another answer')
  return answer
}

async function reconcile(worker: Worker, picks: number[]): Promise<unknown> {
  const ids = [...worker.loans.keys()].toSorted()
  for (const pick of ids.length === 0 ? [] : picks) worker.loans.delete(ids[pick % ids.length]!)
  const known = [...worker.loans.values()].map(({ receipt }) => receipt)
  // Who has told what he knows of does not ask again for a reserve of before: its loans may be anybody's now.
  worker.again = undefined
  return worker.hand.driver.reconcile(known)
}

function forget(worker: Worker): void {
  worker.past.push(...[...worker.loans.values()].map(({ receipt }) => receipt))
  worker.loans.clear()
  worker.again = undefined
}

/** What must be the same of a record on both sides: all but the times and the names of the sessions. */
function plain({ job, state, attempts, crashes, session, result, error, cancelling }: JobRecord, sessions: string[]) {
  const { id, queue, group, priority, body, unique } = job
  const place = session === undefined ? undefined : sessions.indexOf(session)
  // The wording of a cancel is the driver's own.
  const told = state === 'cancelled' ? undefined : error
  return {
    id,
    queue,
    group,
    priority,
    body,
    key: unique?.key,
    state,
    attempts,
    crashes,
    place,
    result,
    told,
    cancelling,
  }
}
