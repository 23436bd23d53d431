import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AnyHandler } from '../job/definition.ts'
import { tells, told } from '../../test/support/thread-jobs.ts'
import { until } from '../../test/support/work.ts'
import {
  type Client,
  connect,
  type ConnectOptions,
  Db,
  defineJob,
  defineSchedule,
  type Encryption,
  type JobRecord,
  type StoredJob,
  unchecked,
} from '../index.ts'

const canary = 'canary-in-the-store'
const newKey = () => randomBytes(32).toString('base64')
const keys = { one: newKey(), two: newKey() }
const first: Encryption = { keys: { one: keys.one }, current: 'one' }
const rotated: Encryption = { keys, current: 'two' }

const ran: string[] = []
const echo = defineJob('echo', { input: unchecked<{ say: string }>(), attempts: 3 }, ({ say }, job) => {
  ran.push(job.id)
  return { said: say }
})
const open = defineJob('open', { input: unchecked<{ say: string }>(), encrypt: false }, ({ say }) => ({ said: say }))
const parent = defineJob('parent', { input: unchecked<{ say: string }>() }, async (input, job) => {
  await job.enqueue(echo, input, { id: 'child' })
})
const everything = [echo, open, parent]

/** A file of its own for a store, and clients on it. */
function place() {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-encryption-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const url = `sqlite:${join(folder, 'jobs.db')}` as const
  const client = async (encryption?: Encryption | string, options: ConnectOptions = {}) => {
    const made = await connect(url, { ...options, ...(encryption !== undefined && { encryption }) })
    onTestFinished(() => made.close())
    return made
  }
  /** Whether the text stands anywhere in the store's files. */
  const holds = (text: string) => readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text))
  return { url, client, holds, folder }
}

const work = (client: Client, handlers: AnyHandler[] = everything) =>
  client.work(handlers, { beatMs: 10, guardian: false })

async function ended(client: Client, id: string): Promise<JobRecord> {
  let record: JobRecord | undefined
  await until(async () => {
    record = await client.job(id).status()
    return record !== undefined && ['done', 'dead', 'cancelled'].includes(record.state)
  })
  return record!
}

/** As somebody would who can write to the store. */
function smuggle(client: Client, job: StoredJob): Promise<unknown> {
  const call = { lane: 0, seq: smuggled++ }
  return client.driver.enqueue(call, [job])
}
let smuggled = 1

describe('an encrypted store', () => {
  it('holds neither inputs nor results in the clear, and gives both back', async () => {
    const { client, holds } = place()
    const a = await client(first)
    const sent = await a.enqueue(echo, { say: canary }, { attempts: 2 })
    const plain = await a.enqueue(open, { say: 'meant to be seen' })
    expect(holds(canary)).toBe(false)
    await work(a)
    expect(await sent.result()).toEqual({ said: canary })
    expect(await plain.result()).toEqual({ said: 'meant to be seen' })
    expect(holds(canary)).toBe(false)
    expect(holds('meant to be seen')).toBe(true)
    const record = (await sent.status())!
    expect(record.job.body).toMatch(/^enc1\.one\./)
    expect(record.result).toMatch(/^\{"\$sealed":"enc1r\.one\.[\w-]+"\}$/)
    expect(a.content(record)).toEqual({ input: { say: canary }, result: { said: canary } })
  })

  it('shows those without keys which key it takes, and fails what awaits a result', async () => {
    const { client } = place()
    const a = await client(first)
    const sent = await a.enqueue(echo, { say: canary })
    await work(a)
    await sent.result()
    const blind = await client()
    const record = (await blind.job(sent.id).status())!
    expect(blind.content(record)).toEqual({ encrypted: 'one' })
    await expect(blind.job(sent.id).result()).rejects.toMatchObject({ code: 'FW_KEY_UNKNOWN' })
  })

  it('is rotated: old keys still open, new jobs take the current one', async () => {
    const { client } = place()
    const old = await (await client(first)).enqueue(echo, { say: 'old' })
    const b = await client(rotated)
    const fresh = await b.enqueue(echo, { say: 'new' })
    await work(b)
    expect(await b.job(old.id).result()).toEqual({ said: 'old' })
    expect(await fresh.result()).toEqual({ said: 'new' })
    expect((await fresh.status())!.job.body).toMatch(/^enc1\.two\./)
    // What comes of an old job is encrypted with the current key too.
    expect((await b.job(old.id).status())!.result).toMatch(/enc1r\.two\./)
  })

  it('is taken up and left in the middle of work: what is plain runs beside what is not', async () => {
    const { client } = place()
    const before = await (await client()).enqueue(echo, { say: 'before' })
    const a = await client(first)
    const during = await a.enqueue(echo, { say: 'during' })
    await work(a)
    expect(await a.job(before.id).result()).toEqual({ said: 'before' })
    expect(await during.result()).toEqual({ said: 'during' })
  })

  it('refuses what is plain if it is told to, unless that is meant', async () => {
    const { client } = place()
    const outside = await client()
    const plain = await outside.enqueue(echo, { say: 'x' })
    const a = await client({ ...first, refusePlain: true })
    const sent = await a.enqueue(echo, { say: 'y' })
    const meant = await a.enqueue(open, { say: 'z' })
    await work(a)
    expect(await sent.result()).toEqual({ said: 'y' })
    expect(await meant.result()).toEqual({ said: 'z' })
    expect(await ended(a, plain.id)).toMatchObject({
      state: 'dead',
      error: expect.stringContaining('FW_BODY_SEALED') as string,
    })
    expect(ran).not.toContain(plain.id)
  })

  it('encrypts follow-ups, and what is written in a transaction or waits in an outbox', async () => {
    const { client, holds, url } = place()
    const a = await client(first)
    await work(a)
    await a.enqueue(parent, { say: canary })
    await until(async () => (await a.job('child').status())?.state === 'done')
    expect((await a.job('child').status())!.job.body).toMatch(/^enc1\.one\./)
    const prepared = await a.prepare(echo, { say: canary }, { id: 'within' })
    expect(prepared.body).toMatch(/^enc1\.one\./)

    const other = place()
    Db.configure({ connections: { default: { url: `sqlite:${join(other.folder, 'app.db')}` } } })
    onTestFinished(() => Db.close())
    const b = await connect(url, { encryption: first, outbox: true })
    onTestFinished(() => b.close())
    const sent = await Db.transaction(async () => b.enqueue(echo, { say: canary }, { id: 'boxed' }))
    expect(sent.outcome).toBe('deferred')
    expect(other.holds(canary)).toBe(false)
    await until(async () => (await a.job('boxed').status())?.state === 'done')
    expect(await a.job('boxed').result()).toEqual({ said: canary })
    expect(holds(canary)).toBe(false)
  })

  it('encrypts what schedules hold; their runs need no key to be enqueued, and saying the same again changes nothing', async () => {
    const { client, holds } = place()
    const a = await client(first)
    const daily = defineSchedule('d@ily', echo, { everyMs: 86_400_000, input: { say: canary } })
    expect(await a.schedules.set(daily)).toBe('added')
    expect(await a.schedules.set(daily)).toBe('unchanged')
    expect(holds(canary)).toBe(false)
    const blind = await client()
    const { id } = await blind.schedules.run('d@ily')
    await work(a)
    expect(await a.job(id).result()).toEqual({ said: canary })
    expect(a.content((await a.job(id).status())!).input).toEqual({ say: canary })
    expect(holds(canary)).toBe(false)
    const outside = await client()
    // The input of a schedule is that of its runs and of nothing else.
    const { job } = (await a.job(id).status())!
    for (const stolen of ['other@1', 'd@ily', 'd', 'plain']) {
      await smuggle(outside, { ...job, id: stolen, headers: {} })
      expect(await ended(a, stolen), stolen).toMatchObject({
        state: 'dead',
        error: expect.stringContaining('FW_BODY_SEALED') as string,
      })
    }
  })

  it('reaches into the threads: a follow-up of a handler there is encrypted, and so is what it returns', async () => {
    const { client, holds } = place()
    const a = await client(rotated)
    await a.work([tells, told], { beatMs: 10, guardian: false, threads: 1 })
    const sent = await a.enqueue(tells, { say: canary })
    expect(await sent.result()).toEqual({ say: canary })
    expect(await a.job('told').result()).toEqual({ say: canary })
    expect((await a.job('told').status())!.job.body).toMatch(/^enc1\.two\./)
    expect(holds(canary)).toBe(false)
  })

  it('buries what cannot be opened with its body and a clear code; its neighbours are not touched', async () => {
    const { client } = place()
    const a = await client(first)
    const stranger = await client({ keys: { three: newKey() }, current: 'three' })
    const impostor = await client({ keys: { one: newKey() }, current: 'one' })
    const outside = await client()
    const good = await a.prepare(echo, { say: 'good' }, { id: 'good' })
    const unknown = await stranger.enqueue(echo, { say: 'x' }, { id: 'unknown' })
    await impostor.enqueue(echo, { say: 'x' }, { id: 'impostor' })
    await smuggle(outside, { ...good, id: 'moved' })
    await smuggle(outside, { ...good, name: 'open', id: 'renamed' })
    await smuggle(outside, { ...good, id: 'cut', body: good.body.slice(0, -9) })
    await smuggle(outside, { ...good, id: 'bare', body: 'enc1.one.' })
    await smuggle(outside, { ...good, id: 'later', body: good.body.replace('enc1', 'enc7') })
    await smuggle(outside, { ...good, id: 'as-result', body: good.body.replace('enc1.', 'enc1r.') })
    await smuggle(outside, good)
    const sent = await a.enqueue(echo, { say: 'neighbour' })
    await work(a)
    expect(await sent.result()).toEqual({ said: 'neighbour' })
    expect(await a.job('good').result()).toEqual({ said: 'good' })
    for (const id of ['impostor', 'moved', 'renamed', 'cut', 'bare', 'later', 'as-result']) {
      const record = await ended(a, id)
      expect(record, id).toMatchObject({ state: 'dead', attempts: 1 })
      expect(record.error, id).toMatch(/^FiberWorkError \[FW_BODY_SEALED\]: /)
      expect(a.content(record).damage, id).toContain('cannot be opened')
      expect(ran).not.toContain(id)
    }
    const record = await ended(a, unknown.id)
    expect(record).toMatchObject({ state: 'dead', error: expect.stringContaining('FW_KEY_UNKNOWN') as string })
    expect(record.job.body).toMatch(/^enc1\.three\./)
    expect(ran).not.toContain(unknown.id)
  })

  it('runs what died for want of a key once that is there', async () => {
    const { client } = place()
    const sent = await (await client(rotated)).enqueue(echo, { say: 'late' })
    const blind = await client(first)
    const worker = await work(blind)
    expect(await ended(blind, sent.id)).toMatchObject({ state: 'dead' })
    await worker.stop()
    const knowing = await client(rotated)
    await knowing.retry([sent.id])
    await work(knowing)
    expect(await knowing.job(sent.id).result()).toEqual({ said: 'late' })
  })
})

describe('a definition', () => {
  const secret = defineJob('secret', { input: unchecked<string>(), encrypt: true }, (text) => text)

  it('may insist on it: without keys an enqueue is refused', async () => {
    const { client } = place()
    await expect((await client()).enqueue(secret, 'x')).rejects.toMatchObject({ code: 'FW_KEY_UNKNOWN' })
    const a = await client(first)
    await work(a, [secret])
    expect(await (await a.enqueue(secret, 'x')).result()).toBe('x')
  })

  it('that insists is done all the same where its worker has no keys; its result is dropped', async () => {
    const { client } = place()
    const before = defineJob('secret', { input: unchecked<string>() })
    const a = await client()
    const sent = await a.enqueue(before, 'x')
    await work(a, [secret])
    expect(await ended(a, sent.id)).toMatchObject({ state: 'done', attempts: 1 })
    await expect(sent.result()).rejects.toMatchObject({ code: 'FW_KEY_UNKNOWN' })
  })
})

describe('the option', () => {
  it('is checked, and never shown', async () => {
    const { url } = place()
    for (const encryption of [
      `one:${keys.one.slice(1)}`,
      keys.one,
      { keys: { one: `${keys.one}x` }, current: 'one' },
      { keys: { one: keys.one }, current: 'two' },
      { keys: {}, current: 'one' },
      { ...first, refuse: true },
      5,
    ]) {
      const refused = await connect(url, { encryption: encryption as never }).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'FW_CONFIG_INVALID' })
      expect((refused as Error).message).not.toContain(keys.one.slice(1, 12))
    }
  })
})
