import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until, working } from '../../test/support/work.ts'
import { connect, defineJob, unchecked } from '../index.ts'

const echo = defineJob('echo', { input: unchecked<unknown>() }, (data) => data)
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'fiber-work-client-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

describe('connect', () => {
  it.each([
    ['nonsense', 'FW_CONFIG_INVALID', /not a store URL/],
    ['sqlit:./a.db', 'FW_DRIVER_MISSING', /Did you mean "sqlite:"/],
    ['kafka://x', 'FW_DRIVER_MISSING', /Known are/],
    ['sqlite:', 'FW_CONFIG_INVALID', /needs a path/],
    ['sqlite:./a.db?durabilty=full', 'FW_CONFIG_INVALID', /Did you mean "durability"/],
    ['sqlite:./a.db?durability=most', 'FW_CONFIG_INVALID', /normal and full/],
    ['memory:?a=1', 'FW_CONFIG_INVALID', /unknown parameter/],
  ])('refuses %s', async (url, code, message) => {
    await expect(connect(url)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  })

  it('never repeats a password', async () => {
    await expect(connect('kafka://me:secret@host/x')).rejects.not.toThrow(/secret/)
    await expect(connect('me:secret@host')).rejects.not.toThrow(/secret/)
  })

  it('two memory clients share nothing, a client and its workers everything', async () => {
    const [a, b] = await Promise.all([connect('memory:'), connect('memory:')])
    await a.enqueue(echo, 1)
    expect((await b.list()).jobs).toEqual([])
    await Promise.all([a.close(), b.close()])
  })
})

describe('enqueue', () => {
  it('a thousand single ones become few calls', async () => {
    const { client } = await working([echo])
    const { driver } = client
    let calls = 0
    const enqueue = driver.enqueue.bind(driver)
    driver.enqueue = (call, jobs) => (calls++, enqueue(call, jobs))
    const sent = await Promise.all(Array.from({ length: 1_000 }, (_, n) => client.enqueue(echo, n)))
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1_000)
    expect(calls).toBeLessThan(10)
  })

  it('1 MB is refused with the limit, the size and the option', async () => {
    const { client } = await working([echo])
    await expect(client.enqueue(echo, 'x'.repeat(2 ** 20))).rejects.toMatchObject({
      code: 'FW_BODY_TOO_LARGE',
      message: expect.stringMatching(/1048\d+ bytes; the limit is 262144 \(`bodyBytesMax`\)/) as string,
    })
    const roomy = await connect('memory:', { bodyBytesMax: 2 ** 21 })
    expect((await roomy.enqueue(echo, 'x'.repeat(2 ** 20))).outcome).toBe('added')
    await roomy.close()
  })

  it('unique keys: kept until done, for a time, or replaced while waiting', async () => {
    const client = await connect('memory:')
    const first = await client.enqueue(echo, 1, { unique: 'a', delayMs: 60_000 })
    expect(await client.enqueue(echo, 2, { unique: 'a' })).toMatchObject({ outcome: 'duplicate', id: first.id })
    const replaced = await client.enqueue(echo, 3, { unique: { key: 'a', mode: 'replace' } })
    expect(replaced.outcome).toBe('replaced')
    const worker = await client.work([echo])
    expect(await replaced.result()).toBe(3)
    expect(await first.status()).toBeUndefined()
    expect((await client.enqueue(echo, 4, { unique: 'a' })).outcome).toBe('added')
    const timed = await client.enqueue(echo, 5, { unique: { key: 'b', forMs: 60_000 } })
    await timed.result()
    expect((await client.enqueue(echo, 6, { unique: 'b' })).outcome).toBe('duplicate')
    await worker.stop()
    await client.close()
  })

  it("an id of one's own twice is a duplicate", async () => {
    const { client } = await working([echo])
    expect((await client.enqueue(echo, 1, { id: 'mine' })).outcome).toBe('added')
    expect((await client.enqueue(echo, 2, { id: 'mine' })).outcome).toBe('duplicate')
  })

  it('many: one invalid input writes none of them', async () => {
    const client = await connect('memory:')
    await expect(client.enqueueMany(echo, [1, 2n, 3])).rejects.toMatchObject({ code: 'FW_INPUT_NOT_JSON' })
    expect((await client.list()).jobs).toEqual([])
    await client.close()
  })
})

describe('result', () => {
  it('says what is wrong: unknown, not yet, dead, cancelled, closed', async () => {
    const client = await connect('memory:')
    await expect(client.job('nobody').result()).rejects.toMatchObject({ code: 'FW_JOB_UNKNOWN' })
    const waiting = await client.enqueue(echo, 1, { delayMs: 60_000 })
    await expect(waiting.result({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'FW_RESULT_TIMEOUT' })
    const other = waiting.result()
    await waiting.cancel()
    await expect(other).rejects.toMatchObject({ code: 'FW_JOB_CANCELLED' })
    const late = (await client.enqueue(echo, 2, { delayMs: 60_000 })).result()
    const told = expect(late).rejects.toMatchObject({ code: 'FW_DRIVER_CLOSED' })
    await client.close()
    await told
  })

  it('of a job whose record is not kept is unknown', async () => {
    const { client, worker } = await working([echo])
    const sent = await client.enqueue(echo, 1, { keep: false })
    await worker.idle()
    await expect(sent.result()).rejects.toMatchObject({ code: 'FW_JOB_UNKNOWN' })
  })
})

describe('what an operator does', () => {
  it('looks: find, list, peek, queues, depth', async () => {
    const client = await connect('memory:')
    const sent = await client.enqueueMany(echo, [1, 2, 3], { tags: ['t'], group: 'g' })
    const ids = sent.map(({ id }) => id)
    expect((await client.find([...ids, 'nobody'])).map((record) => record?.state)).toEqual([
      'ready',
      'ready',
      'ready',
      undefined,
    ])
    expect((await client.list({ tag: 't' }, { limit: 2 })).jobs).toHaveLength(2)
    expect((await client.peek('default', 2)).map(({ job }) => job.id)).toEqual(ids.slice(0, 2))
    expect(await client.queues()).toEqual(['default'])
    expect(await client.depth()).toMatchObject([{ queue: 'default', ready: 3 }])
    expect(await client.purge('default', ['ready'])).toBe(3)
    await client.close()
  })

  it('acts: retry a dead job, remove it', async () => {
    let fail = true
    const flaky = defineJob('flaky', { attempts: 1 }, () => {
      if (fail) throw new Error('no')
      return 'mended'
    })
    const { client, worker } = await working([flaky])
    const sent = await client.enqueue(flaky)
    await worker.idle()
    fail = false
    expect(await client.retry([sent.id, 'nobody'])).toEqual(['retried', 'unknown'])
    expect(await sent.result()).toBe('mended')
    expect(await client.remove([sent.id])).toEqual(['removed'])
    expect(await sent.status()).toBeUndefined()
  })
})

it('close() stops its workers, and leaves nothing on loan', async () => {
  const url = `sqlite:${join(folder(), 'jobs.db')}`
  const client = await connect(url)
  const stuck = defineJob('stuck', {}, () => new Promise(() => {}))
  const worker = await client.work([stuck], { graceMs: 10 })
  const sent = await client.enqueue(stuck)
  await until(() => worker.running === 1)
  await client.close()
  expect(worker.state).toBe('stopped')
  const again = await connect(url)
  expect(await again.job(sent.id).status()).toMatchObject({ state: 'ready', attempts: 0 })
  await again.close()
  await client.close()
})
