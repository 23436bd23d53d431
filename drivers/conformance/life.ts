import assert from 'node:assert/strict'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Driver } from '../../src/contract/index.ts'
import { Hand } from './hand.ts'
import { law, lawIf } from './law.ts'
import type { Concern, Trial } from './law.ts'

type Verb = (driver: Driver) => Promise<unknown>

const want = () => ({
  demand: [{ queue: 'none', limit: 1 }],
  limit: 1,
  waitMs: 0,
  signal: new AbortController().signal,
})

/** Everything that needs an open driver. Those of an absent facet are left out. */
function verbs(driver: Driver): [string, Verb][] {
  const all: [string, Verb | undefined][] = [
    ['enqueue', (d) => d.enqueue({ lane: 0, seq: 901 }, [])],
    ['reserve', (d) => d.reserve({ lane: 0, seq: 902 }, want())],
    ['settle', (d) => d.settle({ lane: 0, seq: 903 }, [])],
    ['beat', (d) => d.beat({ renew: true, running: 0, progress: [], about: '{}' })],
    ['reconcile', (d) => d.reconcile([])],
    ['sweep', (d) => d.sweep(1)],
    ['depth', (d) => d.depth(['q'])],
    ['limits.set', driver.limits && ((d) => d.limits!.set('q', 'queue', {}, 0))],
    ['limits.freeze', driver.limits && ((d) => d.limits!.freeze('q', undefined, 0))],
    ['limits.read', driver.limits && ((d) => d.limits!.read('q'))],
    ['ledger.read', driver.ledger && ((d) => d.ledger!.read([]))],
    ['ledger.list', driver.ledger && ((d) => d.ledger!.list('', 1))],
    ['ledger.write', driver.ledger && ((d) => d.ledger!.write([]))],
    ['inspector.find', driver.inspector && ((d) => d.inspector!.find([]))],
    ['inspector.list', driver.inspector && ((d) => d.inspector!.list({}, { limit: 1 }))],
    ['inspector.peek', driver.inspector && ((d) => d.inspector!.peek('q', 1))],
    ['inspector.retry', driver.inspector && ((d) => d.inspector!.retry([]))],
    ['inspector.cancel', driver.inspector && ((d) => d.inspector!.cancel([]))],
    ['inspector.remove', driver.inspector && ((d) => d.inspector!.remove([]))],
    ['inspector.pause', driver.inspector && ((d) => d.inspector!.pause([]))],
    ['inspector.resume', driver.inspector && ((d) => d.inspector!.resume([]))],
    ['inspector.purge', driver.inspector && ((d) => d.inspector!.purge('none', ['ready'], 1))],
    ['inspector.queues', driver.inspector && ((d) => d.inspector!.queues())],
    ['inspector.sessions', driver.inspector && ((d) => d.inspector!.sessions())],
    ['inspector.audit', driver.inspector && ((d) => d.inspector!.audit())],
  ]
  return all.filter((pair): pair is [string, Verb] => pair[1] !== undefined)
}

async function allRefused(driver: Driver): Promise<void> {
  for (const [name, verb] of verbs(driver)) {
    // A verb may not throw before it has given its promise.
    const call = verb(driver)
    await assert.rejects(
      call,
      (error) => error instanceof FiberWorkError && error.code === 'FW_DRIVER_CLOSED',
      `${name} must fail with FW_DRIVER_CLOSED`,
    )
  }
}

async function allWork(driver: Driver): Promise<void> {
  for (const [name, verb] of verbs(driver)) await assert.doesNotReject(verb(driver), name)
}

async function opened(trial: Trial): Promise<Driver> {
  const driver = trial.driver()
  await driver.prepare()
  await driver.open()
  return driver
}

export const life: Concern = {
  name: 'life cycle',
  laws: [
    law('before open every verb is refused', async (trial) => allRefused(trial.driver())),

    law('prepare may come before open, and again, and at the same time', async (trial) => {
      const [a, b] = [trial.driver(), trial.driver()]
      await Promise.all([a.prepare(), b.prepare(), a.prepare()])
      await a.prepare()
      await allRefused(a)
      await a.open()
      await a.prepare()
      await allWork(a)
    }),

    law('once open every verb works on nothing', async (trial) => allWork(await opened(trial))),

    law('after close every verb is refused', async (trial) => {
      const driver = await opened(trial)
      await driver.close()
      await allRefused(driver)
    }),

    law('close may be called twice, at the same time, and before open', async (trial) => {
      await trial.driver().close()
      const driver = await opened(trial)
      await Promise.all([driver.close(), driver.close()])
      await driver.close()
    }),

    law('a closed driver can be opened again: a new session, the same jobs', async (trial) => {
      const hand = await trial.open()
      const job = trial.job()
      await hand.add(job)
      const { session } = hand
      // So that a store in memory, or one that goes with its last connection, is there when it comes back.
      await trial.open()
      await hand.driver.close()
      const again = await new Hand(hand.driver).open()
      assert.notEqual(again.session, session)
      await allWork(again.driver)
      const { ready } = await again.depth('q')
      assert.equal(ready, 1)
    }),

    lawIf(
      { traits: ({ durable }) => durable !== 'none' },
      'the jobs outlive all drivers that were open',
      async (trial) => {
        const hand = await trial.open()
        const [waits, runs] = [trial.job(), trial.job({ queue: 'r' })]
        await hand.add(waits, runs)
        await hand.take('r')
        await hand.driver.close()
        const other = await trial.open()
        assert.deepEqual(await other.takeIds('q'), [waits.id])
        assert.deepEqual(await other.takeIds('r'), [runs.id])
      },
    ),

    law('name and traits are plain values and do not change by opening', async (trial) => {
      const driver = trial.driver()
      const before = structuredClone(driver.traits)
      assert.ok(driver.name.length > 0)
      await driver.prepare()
      await driver.open()
      assert.deepEqual({ ...driver.traits }, before)
    }),

    law('the traits make sense', async (trial) => {
      const { batchMax, bodyBytesMax, delayMsMax, clockStepMs, lanesMax } = trial.driver().traits
      for (const value of [batchMax, bodyBytesMax, lanesMax]) assert.ok(Number.isSafeInteger(value) && value >= 1)
      assert.ok(delayMsMax >= 0 && clockStepMs >= 1)
    }),

    law('depth of queues that nobody has seen is zero, one answer a queue, in their order', async (trial) => {
      const hand = await trial.open()
      await hand.add(trial.job())
      const depths = await hand.driver.depth(['none', 'q', 'none'])
      assert.deepEqual(
        depths.map(({ queue, ready, paused }) => [queue, ready, paused]),
        [
          ['none', 0, false],
          ['q', 1, false],
          ['none', 0, false],
        ],
      )
    }),
  ],
}
