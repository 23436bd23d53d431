import { expect, it } from 'vitest'
import { type Installation, installation } from '../../test/support/redis-harness.ts'
import type { StoredJob, Verdict } from '../../src/contract/index.ts'
import { type Hand, idsOf } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'

const job = (n: number, fields: Partial<StoredJob> = {}): StoredJob => ({
  id: `job-${String(n).padStart(4, '0')}`,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: `{"n":${n}}`,
  ...fields,
})

interface Scene {
  store: Installation
  worker: Hand
  /** Ids of the jobs that wait: 20 ready ones of two groups and none, 4 delayed, 3 that came back. */
  waiting: string[]
}

/** Some of everything: ready, delayed, running, done, dead, cancelled, removed, with groups, keys and a cap. */
async function scene(store: Installation): Promise<Scene> {
  const worker = await store.open()
  await worker.add(...Array.from({ length: 12 }, (_, n) => job(n)))
  const loans = await worker.take('q', 12)
  await worker.settle(loans.slice(0, 3), { kind: 'done', result: '1', keep: { count: 100, ageMs: 3_600_000 } })
  await worker.settle(loans.slice(3, 5), { kind: 'dead', reason: 'broke' })
  await worker.settle(loans.slice(5, 8), { kind: 'release' })
  // Four run.
  await limitsOf(worker).set('q', 'groups', { concurrencyMax: 10 }, 1)
  await worker.add(...Array.from({ length: 8 }, (_, n) => job(100 + n)))
  await worker.add(...Array.from({ length: 6 }, (_, n) => job(200 + n, { group: 'a', priority: 7 })))
  await worker.add(
    ...Array.from({ length: 6 }, (_, n) => job(300 + n, { group: 'b', unique: { key: `k${n}`, mode: 'keep' } })),
  )
  await worker.add(...Array.from({ length: 4 }, (_, n) => job(400 + n, { due: { inMs: 3_600_000 } })))
  const { cancel, remove } = inspectorOf(worker)
  expect(await cancel.call(worker.driver.inspector, ['job-0100'])).toEqual(['cancelled'])
  expect(await remove.call(worker.driver.inspector, ['job-0101'])).toEqual(['removed'])
  const { jobs } = await inspectorOf(worker).list({ states: ['ready', 'delayed'] }, { limit: 1_000 })
  return { store, worker, waiting: jobs.map(({ job: { id } }) => id).sort() }
}

async function audit(hand: Hand): Promise<number> {
  let [repaired, cursor]: [number, string | undefined] = [0, undefined]
  do {
    const piece = await inspectorOf(hand).audit(cursor)
    repaired += piece.repaired
    cursor = piece.cursor
  } while (cursor !== undefined)
  return repaired
}

/** Everything that can be taken, and what was reported as lost. */
async function drain(hand: Hand): Promise<{ taken: string[]; broken: string[] }> {
  await inspectorOf(hand).resume(['q'])
  const { jobs } = await inspectorOf(hand).list({ states: ['delayed'] }, { limit: 1_000 })
  await inspectorOf(hand).retry(jobs.map(({ job: { id } }) => id))
  const [taken, broken]: [string[], string[]] = [[], []]
  for (;;) {
    const reserved = await hand.reserve('q', 7)
    if (reserved.jobs.length + reserved.broken.length === 0) return { taken: taken.sort(), broken: broken.sort() }
    taken.push(...idsOf(reserved.jobs))
    broken.push(...reserved.broken)
    await hand.settle(reserved.jobs, { kind: 'done' })
  }
}

it('what nothing happened to needs no repair, and drains', async (context) => {
  const { worker, waiting } = await scene(await installation(context))
  expect(waiting).toHaveLength(25)
  expect(await audit(worker)).toBe(0)
  expect(await drain(worker)).toEqual({ taken: waiting, broken: [] })
  expect(await worker.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: 4, done: 3, dead: 2, cancelled: 1 })
})

/** Keys whose loss an audit makes good, and what of the four that run comes back too. */
const mended: [keys: string, pattern: RegExp][] = [
  ['the row of the queue', /^n:q$/],
  ['the turns', /^ring:q$/],
  ['the jobs that wait for their time', /^due:q$/],
  ['the lists of one priority', /^r5:q/],
  ['all lists', /^r.:q/],
  ['what happened to jobs', /^more$/],
  ['the names of the queues', /^queues$/],
  ['the journal', /^log$/],
  ['the places of the journal, and other counts', /^n$/],
  ['counts of what runs', /^run:q$/],
  ['done jobs', /^done:q$/],
  ['dead jobs', /^dead:q$/],
  ['how jobs ended', /^ends$/],
  ['who holds which key', /^uniq:q$/],
  ['who runs jobs with keys', /^urun$/],
  [
    'everything but the jobs and the loans',
    /^(?!jobs$|held:|s:|sessions$|calls:|format$|ends$|done:|dead:|cancelled:|n$)/,
  ],
]

it.for(mended)('an audit makes good: %s', async ([, pattern], context) => {
  const { store, worker, waiting } = await scene(await installation(context))
  const gone = (await store.keys()).filter((key) => pattern.test(key))
  await store.redis.del(...(gone.length > 0 ? gone : ['none']).map(store.key))
  await audit(worker)
  expect(await audit(worker)).toBe(0)
  const { ready, delayed, running, done, dead, cancelled } = await worker.depth('q')
  expect({ waiting: ready + delayed, running, done, dead, cancelled }).toEqual({
    waiting: 25,
    running: 4,
    done: 3,
    dead: 2,
    cancelled: 1,
  })
  expect(await drain(worker)).toEqual({ taken: waiting, broken: [] })
  const { jobs } = await inspectorOf(worker).list({}, { limit: 1_000 })
  expect(jobs.map(({ state }) => state).sort()).toEqual([
    'cancelled',
    'dead',
    'dead',
    'done',
    'done',
    'done',
    'running',
    'running',
    'running',
    'running',
  ])
  await worker.add(job(900))
  expect(idsOf(await worker.take('q'))).toEqual(['job-0900'])
})

it('without its ghosts, a removed job is told as broken and a cancelled one stays so', async (context) => {
  const { store, worker, waiting } = await scene(await installation(context))
  await store.redis.del(store.key('ghost:q'))
  await audit(worker)
  expect(await audit(worker)).toBe(0)
  expect(await drain(worker)).toEqual({ taken: waiting, broken: ['job-0101'] })
  expect(await worker.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: 4, cancelled: 1 })
})

it('jobs whose bodies are gone are told one by one, and free their queue, cap and key', async (context) => {
  const { store, worker, waiting } = await scene(await installation(context))
  await store.redis.del(store.key('jobs'))
  expect(await worker.beat()).toMatchObject({ session: 'alive', held: 4 })
  const { taken, broken } = await drain(worker)
  expect([taken, broken]).toEqual([[], waiting.filter((id) => id < 'job-0400')])
  await audit(worker)
  expect(await audit(worker)).toBe(0)
  expect(await worker.depth('q')).toMatchObject({ ready: 0, running: 4 })
  const again = job(301, { id: 'again', group: 'b', unique: { key: 'k1', mode: 'keep' } })
  await worker.add(again)
  expect(idsOf(await worker.take('q'))).toEqual(['again'])
})

it('loans that are gone are stale, and their jobs come back by an audit', async (context) => {
  const { store, worker, waiting } = await scene(await installation(context))
  const running = await inspectorOf(worker).list({ states: ['running'] }, { limit: 100 })
  const [loan] = await worker.take('q', 1)
  await store.redis.del(...(await store.keys()).filter((key) => key.startsWith('held:')).map(store.key))
  expect(await worker.beat()).toMatchObject({ session: 'alive', held: 0 })
  expect(await worker.settleOne(loan!, { kind: 'done' })).toBe('stale')
  await audit(worker)
  expect(await audit(worker)).toBe(0)
  expect(await worker.depth('q')).toMatchObject({ running: 0 })
  const { taken, broken } = await drain(worker)
  expect({ taken, broken }).toEqual({
    taken: [...waiting, ...running.jobs.map(({ job: { id } }) => id)].sort(),
    broken: [],
  })
})

it('a loan number is not used twice, also when the loans were lost', async (context) => {
  const store = await installation(context)
  const worker = await store.open()
  await worker.add(job(1), job(2))
  const first = await worker.takeOne('q')
  await store.redis.del(...(await store.keys()).filter((key) => key.startsWith('held:')).map(store.key))
  const second = await worker.takeOne('q')
  expect(second.receipt).not.toBe(first.receipt)
  expect(await worker.settleOne(first, { kind: 'done' })).toBe('stale')
  expect(await worker.settleOne(second, { kind: 'done' })).toBe('settled')
})

it.for([/^s:|^sessions$/, /^s:/, /^sessions$/])(
  'a session that was forgotten is revoked, and what it held comes back: %s',
  async (pattern, context) => {
    const { store, worker, waiting } = await scene(await installation(context))
    await store.redis.del(...(await store.keys()).filter((key) => pattern.test(key)).map(store.key))
    expect(await worker.beat({ renew: true })).toMatchObject({ session: 'revoked' })
    const before = worker.session
    expect((await worker.open()).session).not.toBe(before)
    while ((await worker.driver.sweep(100)).more);
    await audit(worker)
    expect(await audit(worker)).toBe(0)
    const { taken, broken } = await drain(worker)
    expect([taken.length, broken]).toEqual([waiting.length + 4, []])
  },
)

/** Works until nothing is left: some jobs are released, some tried again, the others done. Answers how often each was done. */
async function work(hand: Hand, counts: Map<string, number>, left: () => boolean): Promise<void> {
  for (let n = 0; left(); n++) {
    const { jobs, broken } = await hand.reserve('q', 40)
    expect(broken).toEqual([])
    const verdicts = jobs.map(({ attempts }, at): Verdict => {
      if ((at + n) % 7 === 0 && attempts < 4) return { kind: 'retry', due: { inMs: at % 3 } }
      return (at + n) % 5 === 0 ? { kind: 'release' } : { kind: 'done' }
    })
    const items = jobs.map(({ receipt }, at) => ({ receipt, verdict: verdicts[at]! }))
    for (const [at, { outcome }] of (await hand.driver.settle(hand.call(), items)).entries()) {
      const { id } = jobs[at]!.job
      if (outcome === 'settled' && verdicts[at]!.kind === 'done') counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

it.for([
  ['while nothing is lost', undefined],
  ['after the lists and the row of the queue were lost', /^r.:q|^n:q$/],
] as const)('audits beside working workers run no job twice, %s', { timeout: 60_000 }, async ([, pattern], context) => {
  const store = await installation(context)
  const hands = [await store.open(), await store.open(), await store.open()]
  const [boss] = hands as [Hand]
  const fields = (n: number): Partial<StoredJob> => ({
    ...(n % 3 > 0 && { group: `g${n % 5}` }),
    ...(n % 4 === 0 && { due: { inMs: n % 50 } }),
    ...(n % 6 === 0 && { unique: { key: `k${n}`, mode: 'keep' } }),
  })
  const counts = new Map<string, number>()
  const total = 3_000
  const working = hands.slice(1).map((hand) => work(hand, counts, () => counts.size < total))
  let repaired = 0
  const auditing = (async () => {
    do repaired += await audit(boss)
    while (counts.size < total)
  })()
  for (let n = 0; n < total; n += 100) {
    await boss.add(...Array.from({ length: 100 }, (_, i) => job(n + i, fields(n + i))))
    if (n === 1_500 && pattern !== undefined) {
      await store.redis.del('none', ...(await store.keys()).filter((key) => pattern.test(key)).map(store.key))
    }
  }
  await Promise.all([...working, auditing])
  expect([...counts.values()].filter((count) => count !== 1)).toEqual([])
  expect(repaired > 0).toBe(pattern !== undefined)
  expect(await audit(boss)).toBe(0)
  expect(await boss.depth('q')).toMatchObject({ ready: 0, delayed: 0, running: 0 })
})

it('a store that was emptied goes on', async (context) => {
  const { store, worker } = await scene(await installation(context))
  await store.redis.del(...(await store.keys()).map(store.key))
  expect(await worker.beat({ renew: true })).toMatchObject({ session: 'revoked' })
  await worker.open()
  expect(await audit(worker)).toBe(0)
  await worker.add(job(1), job(2))
  expect(idsOf(await worker.take('q'))).toEqual(['job-0001', 'job-0002'])
})

it('with a key of another type in our place, each call that meets it fails with FW_STORE_CORRUPT', async (context) => {
  const { store, worker } = await scene(await installation(context))
  for (const name of ['ring:q', 'uniq:q', 'ends', 'jobs']) {
    await store.redis.del(store.key(name))
    await store.redis.set(store.key(name), 'foreign')
    await expect(audit(worker), name).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT', retryable: false })
    await store.redis.del(store.key(name))
  }
})

it('a foreign value among the jobs is named', async (context) => {
  const { store, worker } = await scene(await installation(context))
  await store.redis.hset(store.key('jobs'), 'mine', 'foreign')
  const named = { code: 'FW_STORE_CORRUPT', retryable: false, message: expect.stringContaining(store.key('jobs')) }
  await expect(inspectorOf(worker).find(['mine'])).rejects.toMatchObject(named)
  await expect(audit(worker)).rejects.toMatchObject(named)
  await store.redis.rpush(store.key('r5:q\u0001-'), 'mine', 'nobody')
  const { taken, broken } = await drain(worker)
  expect([taken.length, broken]).toEqual([25, ['mine', 'nobody']])
})
