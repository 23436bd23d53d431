import assert from 'node:assert/strict'
import type { JobRecord, Receipt, Reservation } from '../../src/contract/index.ts'
import type { Ability } from './ability.ts'
import { Hand } from './hand.ts'
import type { Harness, HarnessStore } from './harness.ts'
import { leaseMsLong, leaseMsShort } from './law.ts'

/** What one worker of one side holds, by job. Receipts differ between the sides; ids do not. */
export interface Worker {
  hand: Hand
  loans: Map<string, Reservation>
  past: Receipt[]
  /** The newest call that may be repeated, and what it answered. */
  again: (() => Promise<void>) | undefined
}

/** One store with its three workers. */
export interface Side {
  store: HarnessStore
  workers: Worker[]
}

/** Only a session's lease is short for one of them: it lives on until somebody sweeps it, where a message would be gone at any time. */
export async function openSide(harness: Harness, { sessions }: Ability): Promise<Side> {
  const store = await harness.store()
  const workers: Worker[] = []
  const leaseMsLongest = sessions ? leaseMsLong * 100 : leaseMsLong
  for (const leaseMs of [leaseMsLongest, leaseMsLongest, sessions ? leaseMsShort : leaseMsLongest]) {
    const driver = store.driver({ leaseMs })
    await driver.prepare()
    workers.push({ hand: await new Hand(driver).open(), loans: new Map(), past: [], again: undefined })
  }
  return { store, workers }
}

export async function closeSide({ store, workers }: Side): Promise<void> {
  for (const { hand } of workers) await hand.driver.close()
  await store.close()
}

/** Do it, and remember how to ask for the same answer again. */
export async function repeatable<T>(worker: Worker, call: () => Promise<T>): Promise<T> {
  const answer = await call()
  worker.again = async () => assert.deepEqual(await call(), answer, 'the same call, another answer')
  return answer
}

export async function reconcile(worker: Worker, picks: number[]): Promise<unknown> {
  const ids = [...worker.loans.keys()].toSorted()
  for (const pick of ids.length === 0 ? [] : picks) worker.loans.delete(ids[pick % ids.length]!)
  const known = [...worker.loans.values()].map(({ receipt }) => receipt)
  // Who has told what he knows of does not ask again for a reserve of before: its loans may be anybody's now.
  worker.again = undefined
  return worker.hand.driver.reconcile(known)
}

export function forget(worker: Worker): void {
  worker.past.push(...[...worker.loans.values()].map(({ receipt }) => receipt))
  worker.loans.clear()
  worker.again = undefined
}

export async function reopen(worker: Worker): Promise<void> {
  await worker.hand.driver.close()
  await worker.hand.open()
  forget(worker)
}

/** What must be the same of a record on both sides: all but the times and the names of the sessions. */
export function plain(
  { job, session, ...record }: JobRecord,
  sessions: string[],
  { crashes: counts, ...able }: Ability,
) {
  const { id, queue, group, priority, body, unique } = job
  const { state, attempts, crashes, result, error, failures, cancelling } = record
  const place = session === undefined ? undefined : sessions.indexOf(session)
  // The wording of a cancel is the driver's own.
  const told = state === 'cancelled' ? undefined : error
  return {
    ...{ id, queue, group, priority, body, key: unique?.key, state, attempts },
    crashes: counts ? crashes : 0,
    ...{ place, result, told, cancelling },
    failures: able.failures ? failures?.map(({ attempt, error }) => [attempt, error]) : undefined,
  }
}

/** Take until nothing comes any more: what was given back a moment ago may be on its way. */
export async function takeRest({ store, workers }: Side, queue: string, eager: boolean): Promise<Reservation[]> {
  const [{ hand }] = workers as [Worker]
  const taken: Reservation[] = []
  for (let empty = 0; empty < (eager ? 2 : 4);) {
    const loans = await hand.take(queue, Math.min(1_000, hand.driver.traits.batchMax))
    taken.push(...loans)
    if (loans.length > 0) continue
    empty++
    if (!eager) await store.advance(15)
  }
  return taken.toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1))
}
