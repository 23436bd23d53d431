import { describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import type { Reservation, StoredJob } from '../../src/contract/index.ts'
import { ownCluster, ownProxy, ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { done, Hand } from '../conformance/hand.ts'
import { redisDriver, type RedisOptions } from './index.ts'
import { shardOf } from './sharded-route.ts'

const shards = 3

async function opened(options: RedisOptions): Promise<Hand> {
  const driver = redisDriver({ shards, ...options })
  onTestFinished(() => driver.close())
  await driver.prepare()
  return new Hand(driver).open()
}

/** A worker and another one on an installation with three shards, on a server of their own. */
async function scene(context: TestContext) {
  const server = await ownRedis(context)
  const proxy = await ownProxy(server)
  const [hand, other] = [
    await opened({ redis: `redis://127.0.0.1:${proxy.port}` }),
    await opened({ redis: server.url }),
  ]
  /** The answer of one shard to the next script is lost after the script has run. */
  const lose = (shard: number) => proxy.dropReply(1, (request) => request.includes(`{fiber-work.${shard}}:`))
  return { server, hand, other, lose }
}

let made = 0
const job = (fields: Partial<StoredJob> = {}): StoredJob => {
  const id = `j${made++}`
  return { id, queue: 'q', name: 'work', priority: 5, body: id, ...fields }
}
const jobs = (count: number, fields: Partial<StoredJob> = {}) => Array.from({ length: count }, () => job(fields))

/** A job that goes to this shard. */
function jobOf(shard: number, fields: Partial<StoredJob> = {}): StoredJob {
  for (;;) {
    const one = job(fields)
    if (shardOf(one.id, shards) === shard) return one
  }
}

const ids = (list: readonly (Reservation | StoredJob)[]) =>
  list.map((one) => ('job' in one ? one.job.id : one.id)).toSorted()

/** Begins a wait of this worker, and resolves when it stands in line for the queue on each shard. */
async function waiting(server: RedisServer, hand: Hand, signal = new AbortController().signal) {
  const lines = [0, 1, 2].map((shard) => `{fiber-work.${shard}}:idle:q`)
  await server.say('DEL', ...lines)
  const pending = hand.reserve('q', 1, { waitMs: 10_000, signal })
  await vi.waitFor(async () => expect(await server.say('EXISTS', ...lines)).toBe('3'))
  return { pending }
}

/** Which shards have a job. */
const shardsOf = (loans: readonly Reservation[]) => new Set(loans.map(({ receipt }) => receipt[0]))

describe('where a job is', () => {
  test.for([
    ['acme', 2, 2],
    ['order:1', 1, 1],
    ['01920000-0000-7000-8000-000000000000', 1, 2],
    ['', 0, 0],
    ['é', 2, 2],
    ['😀', 1, 0],
  ] as const)('%j: on shard %i of 3, and %i of 4, for ever', ([text, ofThree, ofFour]) => {
    expect([shardOf(text, 3), shardOf(text, 4)]).toEqual([ofThree, ofFour])
  })

  test('by its group, else its key, else its id', async (context) => {
    const { other } = await scene(context)
    const key = (n: number) => ({ unique: { key: `k${n}`, mode: 'keep' as const } })
    await other.add(...Array.from({ length: 30 }, (_, n) => job({ queue: 'grouped', group: 'acme', ...key(n) })))
    expect(shardsOf(await other.take('grouped'))).toEqual(new Set([`${shardOf('acme', shards)}`]))
    await other.add(...Array.from({ length: 30 }, (_, n) => job({ queue: 'keyed', ...key(n) })))
    const keyed = await other.take('keyed')
    expect(keyed.map(({ job, receipt }) => `${shardOf(job.unique!.key, shards)}` === receipt[0])).not.toContain(false)
    await other.add(...jobs(30))
    expect(shardsOf(await other.take('q'))).toEqual(new Set(['0', '1', '2']))
  })

  test('an id that is in use is a duplicate on its own shard', async (context) => {
    const { other } = await scene(context)
    const one = job()
    await other.add(one)
    expect(await other.enqueue([one, jobOf(0)])).toMatchObject([{ outcome: 'duplicate' }, { outcome: 'added' }])
  })
})

describe('a reserve', () => {
  test('never takes more than was wanted, and all that there is', async (context) => {
    const { other } = await scene(context)
    for (const limit of [1, 2, 5, 40]) {
      const batch = jobs(40)
      await other.add(...batch)
      const taken: Reservation[] = []
      while (taken.length < batch.length) {
        const loans = await other.take('q', limit)
        expect(loans.length).toBe(Math.min(limit, batch.length - taken.length))
        taken.push(...loans)
      }
      expect(ids(taken)).toEqual(ids(batch))
    }
  })

  test('finds the rest where the most of it lies', async (context) => {
    const { other } = await scene(context)
    const batch = [...jobs(90, { group: 'acme' }), ...jobs(3, { group: 'b' })]
    await other.add(...batch)
    expect(await other.take('q', 60)).toHaveLength(60)
    expect(await other.take('q', 60)).toHaveLength(33)
  })

  test('of several queues gives each at most what it asked for', async (context) => {
    const { other } = await scene(context)
    await other.add(...jobs(20), ...jobs(20, { queue: 'r' }))
    const demand = [
      { queue: 'q', limit: 2 },
      { queue: 'r', limit: 7 },
    ]
    const signal = new AbortController().signal
    const { jobs: loans } = await other.driver.reserve(other.call(), { demand, limit: 8, waitMs: 0, signal })
    const ofQ = loans.filter(({ job }) => job.queue === 'q').length
    expect([loans.length, ofQ <= 2]).toEqual([8, true])
  })

  test('that waits is woken by each shard, and takes one alone', async (context) => {
    const { server, hand, other } = await scene(context)
    for (const shard of [0, 1, 2, 1]) {
      const { pending } = await waiting(server, hand)
      const one = jobOf(shard)
      await other.add(one)
      const { jobs: loans } = await pending
      expect(ids(loans)).toEqual([one.id])
      await hand.settle(loans, done)
    }
  })

  test('ends when it is told to, with a session that goes on', async (context) => {
    const { server, hand } = await scene(context)
    const stop = new AbortController()
    const { pending } = await waiting(server, hand, stop.signal)
    stop.abort()
    expect(await pending).toEqual({ jobs: [], broken: [] })
    expect((await hand.beat()).session).toBe('alive')
  })
})

describe('when one shard does not answer, the same call again', () => {
  const lost = { retryable: true }

  test('enqueues once', async (context) => {
    const { hand, other, lose } = await scene(context)
    for (const shard of [0, 1, 2]) {
      const batch = jobs(30)
      const call = hand.call()
      const gone = lose(shard)
      await expect(hand.enqueue(batch, call)).rejects.toMatchObject(lost)
      await gone
      const added = await hand.enqueue(batch, call)
      expect(added).toEqual(batch.map(({ id }) => ({ outcome: 'added', id })))
      expect(ids(await other.take('q'))).toEqual(ids(batch))
    }
  })

  test('reserves once, and no more than was wanted', async (context) => {
    const { hand, other, lose } = await scene(context)
    for (const shard of [0, 1, 2]) {
      await other.add(...jobs(60))
      const call = hand.call()
      const gone = lose(shard)
      await expect(hand.reserve('q', 30, { call })).rejects.toMatchObject(lost)
      await gone
      const { jobs: loans } = await hand.reserve('q', 30, { call })
      expect(new Set(ids(loans)).size).toBe(30)
      expect((await hand.reserve('q', 30, { call })).jobs).toEqual(loans)
      expect(await other.depth('q')).toMatchObject({ ready: 30, running: 30 })
      expect((await hand.settle(loans, done)).every(({ outcome }) => outcome === 'settled')).toBe(true)
      await other.settle(await other.take('q'), done)
    }
  })

  test('settles once, and says settled', async (context) => {
    const { hand, other, lose } = await scene(context)
    for (const shard of [0, 1, 2]) {
      await hand.add(...jobs(30))
      const loans = await hand.take('q')
      const call = hand.call()
      const gone = lose(shard)
      await expect(hand.settle(loans, { kind: 'release' }, call)).rejects.toMatchObject(lost)
      await gone
      const settled = await hand.settle(loans, { kind: 'release' }, call)
      expect(settled.map(({ outcome }) => outcome)).not.toContain('stale')
      const again = await other.take('q')
      expect(ids(again)).toEqual(ids(loans))
      await other.settle(again, done)
    }
  })

  test('may be asked while it is under way', async (context) => {
    const { hand, other } = await scene(context)
    const call = hand.call()
    const wish = { call, waitMs: 10_000 }
    const [first, second] = [hand.reserve('q', 5, wish), hand.reserve('q', 5, wish)]
    await other.add(jobOf(1))
    expect(await second).toEqual(await first)
    expect((await other.depth('q')).running).toBe(1)
  })
})

describe('a session', () => {
  const expire = (server: RedisServer, shard: number, { session }: Hand) => {
    const part = session.slice(session.lastIndexOf(':') + 1).split('+')[shard]!
    return server.say('ZADD', `{fiber-work.${shard}}:sessions`, 1, part)
  }

  test('has one name, which names its parts, on every shard', async (context) => {
    const { hand, other } = await scene(context)
    expect(hand.session).toMatch(/^[^+]+:\d+:[^:+]+\+[^:+]+\+[^:+]+$/)
    await hand.add(...jobs(30))
    await hand.take('q')
    const sessions = await other.driver.inspector!.sessions()
    expect(sessions.map(({ session, held }) => [session, held]).toSorted()).toEqual(
      [
        [hand.session, 30],
        [other.session, 0],
      ].toSorted(),
    )
  })

  test('ends as a whole where one shard took its part back, and a new one begins', async (context) => {
    const { server, hand, other } = await scene(context)
    await hand.add(...jobs(30))
    const loans = await hand.take('q')
    const ofOne = loans.filter(({ receipt }) => receipt.startsWith('1/')).length
    const { session } = hand
    await expire(server, 1, hand)
    expect(await other.driver.sweep(100)).toEqual({ taken: ofOne, more: false })
    expect((await hand.beat({ renew: true })).session).toBe('revoked')
    await expect(hand.reserve('q')).rejects.toMatchObject({ code: 'FW_LEASE_REVOKED' })
    await hand.open()
    expect(hand.session).not.toBe(session)
    expect((await hand.beat()).session).toBe('alive')
    expect(await other.depth('q')).toMatchObject({ ready: 30, running: 0 })
    expect((await hand.settle(loans, done)).map(({ outcome }) => outcome)).not.toContain('settled')
    const again = await hand.take('q')
    // Whoever ran where nobody died has not crashed.
    expect(again.filter(({ crashes }) => crashes === 1)).toHaveLength(ofOne)
    expect(new Set(await hand.settle(again, done).then((all) => all.map(({ outcome }) => outcome)))).toEqual(
      new Set(['settled']),
    )
  })
})

describe('the number of shards', () => {
  const refused = (says: RegExp) => ({ code: 'FW_CONFIG_INVALID', message: expect.stringMatching(says) as string })

  test('stays as it was', async (context) => {
    const { url: redis } = await ownRedis(context)
    const prepare = (options: RedisOptions) => redisDriver({ redis, ...options }).prepare()
    await opened({ redis, shards: 3 })
    await expect(prepare({ shards: 4 })).rejects.toMatchObject(refused(/an installation of 3 shards, and not .* of 4/))
    await expect(prepare({})).rejects.toMatchObject(refused(/3 shards, and not an installation without/))
    await expect(prepare({ installation: 'fiber-work.1' })).rejects.toMatchObject(
      refused(/shard 1 of an installation of 3/),
    )
    await opened({ redis, shards: 1, installation: 'whole' })
    await expect(prepare({ installation: 'whole', shards: 3 })).rejects.toMatchObject(
      refused(/without shards, and not/),
    )
    await opened({ redis, shards: 3 })
  })

  test('of two that begin with different numbers at once, one is refused', async (context) => {
    const { url: redis } = await ownRedis(context)
    const drivers = [1, 2, 3, 4].map((shards) => redisDriver({ redis, shards }))
    onTestFinished(async () => void (await Promise.all(drivers.map((driver) => driver.close()))))
    const made = await Promise.allSettled(drivers.map((driver) => driver.prepare()))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test.for([0, 65, 1.5, Number.NaN])('%s is none', (shards) => {
    expect(() => redisDriver({ shards })).toThrow(expect.objectContaining(refused(/shards is .* from 1 to 64/)))
  })
})

describe('looking', () => {
  test('pages hold every job once, newest first, while others come', async (context) => {
    const { other } = await scene(context)
    const inspector = other.driver.inspector!
    const old: string[] = []
    for (let i = 0; i < 25; i++) {
      const one = job()
      old.unshift(one.id)
      await other.add(one)
    }
    for (const limit of [1, 7, 25, 100]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await inspector.list({ idPrefix: 'j' }, { limit, ...(cursor !== undefined && { cursor }) })
        seen.push(...page.jobs.map(({ job }) => job.id))
        cursor = page.cursor
        await other.add(job({ id: `late-${made++}` }))
      } while (cursor !== undefined)
      expect(seen.toSorted()).toEqual(old.toSorted())
    }
    await expect(inspector.list({}, { limit: 1, cursor: '5' })).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
  })

  test('finds and acts on jobs whose shard their id does not tell', async (context) => {
    const { other } = await scene(context)
    const inspector = other.driver.inspector!
    const batch = jobs(12, { group: 'acme' })
    await other.add(...batch)
    const all = batch.map(({ id }) => id)
    expect((await inspector.find(['never', ...all])).map((record) => record?.job.id)).toEqual([undefined, ...all])
    expect(await inspector.cancel(all.slice(0, 6))).toEqual(Array.from({ length: 6 }, () => 'cancelled'))
    expect(await inspector.retry([...all.slice(0, 3), 'never'])).toEqual(['retried', 'retried', 'retried', 'unknown'])
    expect(await inspector.remove(all)).toEqual(all.map(() => 'removed'))
    expect(await other.depth('q')).toMatchObject({ ready: 0, cancelled: 0 })
  })

  test('an audit goes over all shards', async (context) => {
    const { server, other } = await scene(context)
    await other.add(...jobs(30))
    await server.say('HSET', '{fiber-work.2}:n:q', 'ready', 99)
    let [checked, repaired, cursor] = [0, 0, undefined as string | undefined]
    do {
      const piece = await other.driver.inspector!.audit(cursor)
      checked += piece.checked
      repaired += piece.repaired
      cursor = piece.cursor
    } while (cursor !== undefined)
    expect(checked).toBeGreaterThanOrEqual(30)
    expect(repaired).toBeGreaterThan(0)
    expect((await other.depth('q')).ready).toBe(30)
    await expect(other.driver.inspector!.audit('9 x')).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
  })
})

test('follow-ups of a verdict are refused: a driver that cannot write them does not drop them', async (context) => {
  const { hand } = await scene(context)
  await hand.add(job())
  const loans = await hand.take('q')
  const refusal = { code: 'FW_DRIVER_TRAIT', message: expect.stringContaining('followUps') as string }
  await expect(hand.settle(loans, { kind: 'done', followUps: [job()] })).rejects.toMatchObject(refusal)
})

test('on a cluster the shards lie on all nodes, with two connections each', async (context) => {
  const cluster = await ownCluster(context)
  const hand = await opened({ redis: cluster.url, shards: 4 })
  await hand.add(...jobs(200))
  const closed = expect(hand.reserve('nothing', 1, { waitMs: 10_000 })).rejects.toMatchObject({
    code: 'FW_DRIVER_CLOSED',
  })
  const ours = async () => {
    const lists = await Promise.all(cluster.nodes.map((node) => node.say('CLIENT', 'LIST')))
    return lists.map((list) => list.match(/ name=fiber-work\S*/g)?.length ?? 0)
  }
  await vi.waitFor(async () => expect((await ours()).reduce((sum, count) => sum + count)).toBe(8))
  expect(await ours()).not.toContain(0)
  for (const node of cluster.nodes) expect(Number(await node.say('DBSIZE'))).toBeGreaterThan(0)
  expect(await hand.take('q', 1_000)).toHaveLength(200)
  await hand.driver.close()
  await closed
})
