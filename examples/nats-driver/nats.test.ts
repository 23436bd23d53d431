import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectNats, headers, type NatsConnection } from '@nats-io/transport-node'
import { connect, defineJob, GiveUp, registerDriver, unchecked } from 'fiber-work'
import { FiberWorkError, systemEnv } from 'fiber-work/driver'
import { NatsDriver } from './driver.ts'
import { removeStreams } from './harness.ts'
import nats from './index.ts'
import { placeOf } from './url.ts'

const server = process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222'
const prefix = `test-${randomBytes(6).toString('hex')}`
const url = `${server}?prefix=${prefix}`
const place = placeOf(url)
let plain: NatsConnection

registerDriver(nats)
before(async () => {
  plain = await connectNats({ servers: place.servers })
})
after(async () => {
  await plain.close()
  await removeStreams(place)
})

/** Until it holds, for a while. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const endMs = Date.now() + 10_000; Date.now() < endMs; await sleep(20)) if (await holds()) return
  assert.fail(`not within 10 s: ${what}`)
}

void test('connect, enqueue, retry, delay and give up: as on any store', async () => {
  const ran: string[] = []
  const job = defineJob(
    'visit',
    { input: unchecked<string>(), queue: 'visits', backoff: { kind: 'fixed', baseMs: 50 } },
    (name, { attempt }) => {
      ran.push(`${name} ${attempt}`)
      if (name === 'twice' && attempt === 1) throw new Error('not yet')
      if (name === 'never') throw new GiveUp('no such place')
    },
  )
  await using client = await connect(url)
  await using _worker = await client.work([job])
  const sentAtMs = Date.now()
  for (const name of ['once', 'twice', 'never']) await client.enqueue(job, name)
  await client.enqueue(job, 'later', { delayMs: 400 })
  await until(() => ran.includes('later 1'), 'the delayed one')
  assert.ok(Date.now() - sentAtMs >= 400)
  assert.deepEqual(ran.toSorted(), ['later 1', 'never 1', 'once 1', 'twice 1', 'twice 2'])
  await until(async () => {
    const [depth] = await client.depth(['visits'])
    return depth!.ready + depth!.running + depth!.delayed === 0
  }, 'an empty queue')
})

void test('what it cannot do is refused at the enqueue, naming the trait', async () => {
  const job = defineJob('once', { input: unchecked<string>(), queue: 'visits' })
  await using client = await connect(url)
  await assert.rejects(
    client.enqueue(job, 'x', { unique: 'k' }),
    (error) => error instanceof Error && 'code' in error && error.code === 'FW_DRIVER_TRAIT',
  )
})

void test('plain messages become jobs: the subject names them, a header their queue', async () => {
  const heard: unknown[] = []
  const greet = defineJob('greet', { input: unchecked<{ n: number }>() }, ({ n }) => void heard.push(n))
  const paint = defineJob('paint', { input: unchecked<string>(), queue: 'walls' }, (colour) => void heard.push(colour))
  await using client = await connect(url)
  const walls = headers()
  walls.set('Queue', 'walls')
  // Before there is a worker, and while it runs.
  plain.publish(`${prefix}.in.greet`, JSON.stringify({ n: 1 }))
  await using _worker = await client.work([greet, paint])
  plain.publish(`${prefix}.in.paint`, '"blue"', { headers: walls })
  plain.publish(`${prefix}.in.greet`, 'no JSON')
  plain.publish(`${prefix}.in.greet`, JSON.stringify({ n: 2 }))
  await until(() => heard.length === 3, 'three jobs')
  assert.deepEqual(new Set(heard), new Set([1, 'blue', 2]))
})

void test('a job whose worker is gone comes back with a crash; a late verdict of it is stale', async () => {
  const lost = new NatsDriver(place, { env: systemEnv, leaseMs: 400 })
  const other = new NatsDriver(place, { env: systemEnv, leaseMs: 400 })
  await Promise.all([lost.open(), other.open()])
  const want = {
    demand: [{ queue: 'poison', limit: 1 }],
    limit: 1,
    waitMs: 5_000,
    signal: new AbortController().signal,
  }
  await lost.enqueue({ lane: 0, seq: 1 }, [{ id: 'p', queue: 'poison', name: 'x', priority: 5, body: '{}' }])
  const [first] = (await lost.reserve({ lane: 0, seq: 2 }, want)).jobs
  for (let crashes = 1; crashes <= 3; crashes++) {
    // Nobody renews: the server gives it out again after the ack wait.
    const [loan] = (await other.reserve({ lane: 0, seq: crashes }, want)).jobs
    assert.deepEqual([loan?.attempts, loan?.crashes], [1, crashes])
  }
  const verdict = { kind: 'done' } as const
  assert.deepEqual(await lost.settle({ lane: 0, seq: 3 }, [{ receipt: first!.receipt, verdict }]), [
    { outcome: 'stale' },
  ])
  await Promise.all([lost.close(), other.close()])
})

void test('a call that is repeated after its answer was lost gives the same answer, and does nothing twice', async () => {
  const driver = new NatsDriver(place, { env: systemEnv, leaseMs: 30_000 })
  await driver.open()
  const job = { id: 'r', queue: 'again', name: 'x', priority: 5, body: '{}' }
  assert.deepEqual(await driver.enqueue({ lane: 0, seq: 1 }, [job]), [{ outcome: 'added', id: 'r' }])
  assert.deepEqual(await driver.enqueue({ lane: 0, seq: 1 }, [job]), [{ outcome: 'added', id: 'r' }])
  assert.deepEqual(await driver.enqueue({ lane: 0, seq: 2 }, [job]), [{ outcome: 'duplicate', id: 'r' }])
  await driver.close()
})

void test('a URL that is wrong, a server that is not there: one line each, and no password', async () => {
  const store = (text: string) => () => nats.store(text, { env: systemEnv, leaseMs: 1_000 })
  for (const [text, says] of [
    ['nats://h/x', 'has no path'],
    ['nats://h?prefxi=a', 'unknown parameter "prefxi"'],
    ['nats://u:secret@h?prefix=a.b', 'The prefix "a.b" is not allowed'],
  ] as const) {
    assert.throws(store(text), (error) => {
      assert.ok(error instanceof FiberWorkError && error.code === 'FW_CONFIG_INVALID')
      assert.ok(error.message.includes(says) && !error.message.includes('secret'), error.message)
      return true
    })
  }
  await assert.rejects(connect('nats://u:secret@127.0.0.1:1'), (error: Error & { code?: string }) => {
    assert.ok(error.code === 'FW_CONNECT_FAILED' && !error.message.includes('secret'), `${error.code} ${error.message}`)
    return true
  })
})
