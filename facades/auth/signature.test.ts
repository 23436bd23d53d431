import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engineOn, state } from '../../test/support/engine.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { systemEnv } from '../../src/base/env.ts'
import type { StoredJob } from '../../src/contract/job.ts'
import {
  Auth,
  type Client,
  connect,
  defineJob,
  type Principal,
  principalHeader,
  tenantHeader,
  unchecked,
} from '../../src/index.ts'

const secret = 'a secret of this test, 32 chars!'
const later = 'another secret of this very test'
const ada: Principal = { id: 'ada', roles: ['admin', 'editor'], claims: { plan: 'gold' } }
const bob: Principal = { id: 'bob' }

beforeEach(() => Auth.configure({ secrets: [secret] }))
afterEach(() => Auth.configure({}))

const who = defineJob('who', { attempts: 1 }, () => Auth.user() ?? null)

describe('a signature', () => {
  /** A signed job, and others of the same store. */
  async function signed(client: Client): Promise<StoredJob> {
    return client.prepare(guarded, 'pay 1', { as: ada, tenant: 'a' })
  }
  const entered: string[] = []
  const guarded = defineJob(
    'guarded',
    { input: unchecked<string>(), attempts: 3, onError: () => 'retry' },
    (what) => void entered.push(what),
  )

  it.each<[string, (job: StoredJob) => StoredJob]>([
    ['another id', (job) => ({ ...job, id: 'other' })],
    ['another input', (job) => ({ ...job, body: job.body.replace('pay 1', 'pay 9') })],
    ['another tenant', (job) => ({ ...job, headers: { ...job.headers, [tenantHeader]: 'b' } })],
    ['another name', (job) => ({ ...job, name: 'guarded2' })],
    ['another queue', (job) => ({ ...job, queue: 'second' })],
    ['no signature', (job) => withHeader(job, (header) => header.split('.').slice(0, 3).join('.'))],
    ['an empty one', (job) => withHeader(job, (header) => `${header.split('.').slice(0, 3).join('.')}.`)],
    [
      'another principal',
      (job) =>
        withHeader(job, (header) =>
          header.replace(/^(1\.[^.]+\.)[^.]+/, `$1${Buffer.from('{"principal":{"id":"eve"}}').toString('base64url')}`),
        ),
    ],
    ['another form', (job) => withHeader(job, (header) => header.replace(/^1/, '2'))],
    ['nothing at all', (job) => withHeader(job, () => '')],
  ])('does not hold for %s: the job fails before its handler, once, and it is told', async (_, forge) => {
    entered.length = 0
    const refused = heard('auth.refused')
    const second = defineJob(
      'guarded',
      { input: unchecked<string>(), queue: 'second' },
      (what) => void entered.push(what),
    )
    const twin = defineJob('guarded2', { input: unchecked<string>() }, (what) => void entered.push(what))
    await using maker = await connect('memory:')
    const job = forge(await signed(maker))
    const { client } = await engineOn([guarded, second, twin])
    await client.enqueue({ lane: 0, seq: 1 }, [job])
    await until(async () => (await state(client, job.id)) === 'dead')
    expect((await client.inspector!.find([job.id]))[0]).toMatchObject({
      attempts: 1,
      error: expect.stringContaining('FW_AUTH_INVALID') as string,
    })
    expect(entered).toEqual([])
    expect(refused).toMatchObject([{ job: job.id, error: { code: 'FW_AUTH_INVALID', retryable: false } }])
  })

  it('holds for the job itself', async () => {
    entered.length = 0
    await using maker = await connect('memory:')
    const job = await signed(maker)
    const { client } = await engineOn([guarded])
    await client.enqueue({ lane: 0, seq: 1 }, [job])
    await until(async () => (await state(client, job.id)) === 'done')
    expect(entered).toEqual(['pay 1'])
  })

  it('expires', async () => {
    let skippedMs = 0
    Auth.configure({ secrets: [secret], expiresMs: 1_000, env: { ...systemEnv, nowMs: () => 1e12 + skippedMs } })
    const { client } = await working([who])
    expect(await (await client.enqueue(who, undefined, { as: bob })).result()).toEqual(bob)
    const job = await client.prepare(who, undefined, { as: bob })
    skippedMs = 1_000
    const { client: store } = await engineOn([who])
    await store.enqueue({ lane: 0, seq: 1 }, [job])
    await until(async () => (await state(store, job.id)) === 'dead')
    expect((await store.inspector!.find([job.id]))[0]!.error).toContain('it has expired at 2001-09-09T01:46:41.000Z')
  })

  it('is made with the first secret, and verified with all: they can be changed while jobs wait', async () => {
    await using maker = await connect('memory:')
    const old = await maker.prepare(who, undefined, { as: ada })
    Auth.configure({ secrets: [later, secret] })
    const fresh = await maker.prepare(who, undefined, { as: ada })
    const { client } = await engineOn([who])
    await client.enqueue({ lane: 0, seq: 1 }, [old, fresh])
    await until(async () =>
      (await Promise.all([old, fresh].map(({ id }) => state(client, id)))).every((one) => one === 'done'),
    )
    expect(old.headers![principalHeader]!.split('.')[1]).not.toBe(fresh.headers![principalHeader]!.split('.')[1])
  })

  it('with a secret that this worker does not know yet is tried again', async () => {
    Auth.configure({ secrets: [{ id: 'new', secret: later }] })
    const patient = defineJob(
      'patient',
      { attempts: 9, backoff: { kind: 'fixed', baseMs: 5 } },
      () => void entered.push('patient'),
    )
    entered.length = 0
    await using maker = await connect('memory:')
    const job = await maker.prepare(patient, undefined, { as: ada })
    for (const secrets of [[secret], []]) {
      Auth.configure({ secrets })
      const refused = heard('auth.refused')
      const { client, engine } = await engineOn([patient])
      await client.enqueue({ lane: 0, seq: 1 }, [job])
      await until(() => refused.length > 0)
      expect(entered).toEqual([])
      Auth.configure({ secrets: [secret, { id: 'new', secret: later }] })
      await until(async () => (await state(client, job.id)) === 'done')
      expect(entered.splice(0)).toEqual(['patient'])
      await engine.stop('next', 0)
    }
  })

  it('is not left out where there is no secret: the enqueue is refused', async () => {
    Auth.configure({ secrets: [] })
    await using client = await connect('memory:')
    const expected = expect.objectContaining({
      code: 'FW_AUTH_UNCONFIGURED',
      message: expect.stringContaining('FIBER_WORK_AUTH_SECRET') as string,
    })
    await expect(client.enqueue(who, undefined, { as: ada })).rejects.toThrow(expected)
    await expect(Auth.actAs(ada, () => client.enqueue(who))).rejects.toThrow(expected)
    await client.enqueue(who)
  })
})

function withHeader(job: StoredJob, change: (header: string) => string): StoredJob {
  return { ...job, headers: { ...job.headers, [principalHeader]: change(job.headers![principalHeader]!) } }
}
