import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ownCluster, ownRedis } from '../../test/support/redis.ts'
import { job, jobOf, jobs, opened, scene, shards, shardsOf } from '../../test/support/sharded.ts'
import { redisDriver, type RedisOptions } from './index.ts'
import { shardOf } from './sharded-route.ts'

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
