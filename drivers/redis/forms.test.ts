import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Client, defineJob, unchecked } from '../../src/index.ts'
import { ownCluster, ownRedis, type RedisServer } from '../../test/support/redis.ts'
import { cert, key } from '../../test/support/tls.ts'
import { heard, working } from '../../test/support/work.ts'

const double = defineJob('double', { input: unchecked<number>() }, (n) => 2 * n)

/** A job is enqueued, worked and answered, and the guardian has renewed the lease from its thread. */
async function works(url: string): Promise<Client> {
  const failed = heard('store.failed')
  const { client } = await working([double], { url })
  const sent = await client.enqueueMany(double, [1, 2, 3, 4, 5, 6, 7, 8])
  expect(await Promise.all(sent.map((one) => one.result()))).toEqual([2, 4, 6, 8, 10, 12, 14, 16])
  await vi.waitFor(
    async () => {
      const sessions = await client.driver.inspector!.sessions()
      expect(sessions.filter(({ health }) => health !== undefined)).toHaveLength(1)
    },
    { timeout: 10_000 },
  )
  expect(failed).toEqual([])
  expect(client.url).not.toContain('geheim')
  return client
}

const keysOf = async (server: RedisServer, db = 0) => {
  const keys = await server.say('EVAL', "redis.call('SELECT', ARGV[1]) return redis.call('KEYS', '*')", 0, db)
  return keys.split('\n').filter((name) => name !== '')
}

test('redis:// with a password and the number of a database', async (context) => {
  const server = await ownRedis(context, { password: 'geheim' })
  await works(`${server.url}/3`)
  expect(await keysOf(server, 0)).toEqual([])
  expect((await keysOf(server, 3)).filter((name) => !name.startsWith('{fiber-work}:'))).toEqual([])
})

test('installation and keyPrefix: all keys begin with them, and a neighbour sees nothing', async (context) => {
  const server = await ownRedis(context)
  await works(`${server.url}?installation=shop&keyPrefix=${encodeURIComponent('app:')}`)
  const keys = await keysOf(server)
  expect(keys).toContain('app:{shop}:jobs')
  expect(keys.filter((name) => !name.startsWith('app:{shop}:'))).toEqual([])
  const neighbour = await works(`${server.url}?installation=shop`)
  expect((await neighbour.list()).jobs).toHaveLength(8)
})

test('rediss:// with a CA, a client certificate and its key from files', async (context) => {
  const server = await ownRedis(context, { tls: { key, cert, ca: cert, clientCertificates: true } })
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, pem] of Object.entries({ cert, key })) writeFileSync(join(folder, name), pem, { mode: 0o600 })
  const file = (name: string) => encodeURIComponent(join(folder, name))
  const url = `rediss://localhost:${server.port}?ca=${file('cert')}&cert=${file('cert')}&key=${file('key')}`
  await works(url)
  const wrongHost = works(`${url}&servername=other.example`)
  await expect(wrongHost).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: false })
})

test('redis+sentinel://', async (context) => {
  const server = await ownRedis(context)
  const sentinel = await ownRedis(context, {
    sentinel: true,
    config: { [`sentinel monitor main 127.0.0.1 ${server.port}`]: 1 },
  })
  await works(`redis+sentinel://127.0.0.1:${sentinel.port}/main`)
  expect(await keysOf(server)).toContain('{fiber-work}:jobs')
})

test('redis+cluster://, also with shards', async (context) => {
  const cluster = await ownCluster(context)
  await works(cluster.url)
  await works(`${cluster.url}?installation=shop&shards=4`)
  const keys = await Promise.all(cluster.nodes.map((node) => keysOf(node)))
  for (const shard of [0, 1, 2, 3]) expect(keys.flat()).toContain(`{shop.${shard}}:n`)
  expect(keys.flat()).toContain('{shop}:shards')
})

test('shards: what a handler enqueues runs, a running job is cancelled, a follow-up is where it belongs', async (context) => {
  const { url } = await ownRedis(context)
  const heardOf: number[] = []
  const child = defineJob(
    'child',
    { input: unchecked<number>(), group: (n) => `g${n % 2}` },
    (n) => void heardOf.push(n),
  )
  const parent = defineJob('parent', { input: unchecked<number>() }, async (n, job) => {
    await job.enqueue(child, n)
    return n
  })
  const endless = defineJob(
    'endless',
    {},
    (_, job) =>
      new Promise((_resolve, reject) => {
        job.signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  )
  const { client, worker } = await working([parent, child, endless], { url: `${url}?shards=3` })
  await client.enqueueMany(parent, [1, 2, 3, 4, 5, 6])
  const stuck = await client.enqueue(endless)
  await vi.waitFor(() => expect(new Set(heardOf)).toEqual(new Set([1, 2, 3, 4, 5, 6])))
  await vi.waitFor(async () => expect((await stuck.status())?.state).toBe('running'))
  await stuck.cancel()
  await vi.waitFor(async () => expect((await stuck.status())?.state).toBe('cancelled'))
  await worker.idle()
  expect(await client.depth()).toMatchObject([{ ready: 0, running: 0, cancelled: 1 }])
})
