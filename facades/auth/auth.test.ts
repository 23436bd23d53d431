import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { working } from '../../test/support/work.ts'
import { Auth, bind, connect, defineJob, maybeCurrent, type Principal, unchecked } from '../../src/index.ts'

const secret = 'a secret of this test, 32 chars!'
const ada: Principal = { id: 'ada', roles: ['admin', 'editor'], claims: { plan: 'gold' } }
const bob: Principal = { id: 'bob' }
const failsWith = (code: string) => expect.objectContaining({ code })

beforeEach(() => Auth.configure({ secrets: [secret] }))
afterEach(() => Auth.configure({}))

const who = defineJob('who', { attempts: 1 }, () => Auth.user() ?? null)

describe('a principal', () => {
  it('is carried to the job, and cannot be changed there', async () => {
    const { client } = await working([who])
    expect(await (await client.enqueue(who, undefined, { as: ada })).result()).toEqual(ada)
    expect(await (await client.enqueue(who)).result()).toBeNull()
    Auth.actAs(ada, () => {
      expect(() => ((Auth.user() as { id: string }).id = 'eve')).toThrow(TypeError)
      expect(() => (Auth.user()!.roles as string[]).push('root')).toThrow(TypeError)
    })
  })

  it('is carried by what is enqueued inside of actAs, through awaits, and not beside it', async () => {
    const { client } = await working([who])
    const asked = (principal: Principal) =>
      Auth.actAs(principal, async () => {
        await sleep(Math.random() * 5)
        expect(Auth.user()).toEqual(principal)
        expect(maybeCurrent()).toBeUndefined()
        const [one] = await client.enqueueMany(who, [undefined])
        const none = await client.enqueue(who, undefined, { as: false })
        return Promise.all([one!.result(), none.result()])
      })
    const people = Array.from({ length: 30 }, (_, i) => ({ id: `p${i}` }))
    expect(await Promise.all(people.map(asked))).toEqual(people.map((one) => [one, null]))
    expect(Auth.user()).toBeUndefined()
  })

  it('is passed on to what the job enqueues: follow-ups, and through a client', async () => {
    const seen: unknown[] = []
    const leaf = defineJob('leaf', { input: unchecked<string>() }, (how) => void seen.push([how, Auth.user()?.id]))
    const parent = defineJob('parent', { attempts: 1 }, async (_, job) => {
      await job.enqueue(leaf, 'follow-up')
      await client.enqueue(leaf, 'client')
      await client.enqueue(leaf, 'copied headers', { headers: { ...job.headers } })
      await job.enqueue(leaf, 'nobody', { as: false, headers: { ...job.headers } })
      await Auth.actAs(bob, () => job.enqueue(leaf, 'other'))
      await job.enqueue(leaf, 'named', { as: { id: 'cy' } })
    })
    const { client, worker } = await working([parent, leaf])
    await (await client.enqueue(parent, undefined, { as: ada })).result()
    await worker.idle()
    const expected = {
      'follow-up': 'ada',
      client: 'ada',
      'copied headers': 'ada',
      nobody: undefined,
      other: 'bob',
      named: 'cy',
    }
    expect(Object.fromEntries(seen as [string, string][])).toEqual(expected)
  })

  it('is switched for a function alone, or for the rest of the job', async () => {
    const job = defineJob('switches', { attempts: 1 }, async () => {
      const seen = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          Auth.actAs({ id: `p${i}` }, async () => {
            await sleep(Math.random() * 5)
            return Auth.actAs({ id: `q${i}` }, async () => {
              await sleep(1)
              return Auth.user()!.id
            }).then((inner) => [Auth.user()!.id, inner, bind(() => Auth.user()!.id)()])
          }),
        ),
      )
      const before = Auth.user()?.id
      Auth.actAs(bob)
      return [seen, before, Auth.user()?.id]
    })
    const { client } = await working([job])
    const expected = Array.from({ length: 20 }, (_, i) => [`p${i}`, `q${i}`, `p${i}`])
    expect(await (await client.enqueue(job, undefined, { as: ada })).result()).toEqual([expected, 'ada', 'bob'])
    expect(() => Auth.actAs(bob)).toThrow(failsWith('FW_OUTSIDE_JOB'))
  })

  it('is gone with its job', async () => {
    const late = Promise.withResolvers<unknown>()
    const job = defineJob('leaves', {}, () => {
      void Auth.actAs(bob, async () => {
        expect(Auth.user()).toEqual(bob)
        await sleep(20)
        return Auth.user()
      }).catch(late.resolve)
    })
    const { client } = await working([job])
    await (await client.enqueue(job, undefined, { as: ada })).result()
    expect(await late.promise).toEqual(failsWith('FW_JOB_SETTLED'))
  })

  it.each<[string, unknown]>([
    ['it has no `id`', {}],
    ['`id` must be a text', { id: '' }],
    ['no field `role`', { id: 'a', role: 'admin' }],
    ['`roles` must be a list of names', { id: 'a', roles: [1] }],
    ['`claims` must be an object', { id: 'a', claims: [] }],
    ['`claims.n` is a bigint', { id: 'a', claims: { n: 1n } }],
    ['4096 are allowed', { id: 'a', claims: { n: 'x'.repeat(5_000) } }],
  ])('is checked: %s', async (message, principal) => {
    await using client = await connect('memory:')
    const expected = expect.objectContaining({
      code: 'FW_PRINCIPAL_INVALID',
      message: expect.stringContaining(message) as string,
    })
    expect(() => Auth.actAs(principal as Principal, () => 1)).toThrow(expected)
    await expect(client.enqueue(who, undefined, { as: principal as Principal })).rejects.toThrow(expected)
  })
})

describe('roles', () => {
  it('are asked for', () => {
    Auth.actAs(ada, () => {
      expect([Auth.can(), Auth.can('admin'), Auth.can('root'), Auth.can('root', 'editor')]).toEqual([
        true,
        true,
        false,
        true,
      ])
      expect(Auth.require('editor').id).toBe('ada')
      expect(() => Auth.require('root', 'boss')).toThrow(/"ada" may not do this; it takes the role root or boss/)
    })
    expect(Auth.can()).toBe(false)
    expect(() => Auth.require()).toThrow(failsWith('FW_AUTH_DENIED'))
  })

  it('that are missing end a job for good', async () => {
    const job = defineJob('guarded', { attempts: 5 }, () => void Auth.require('admin'))
    const { client } = await working([job])
    await expect((await client.enqueue(job, undefined, { as: bob })).result()).rejects.toThrow(/FW_AUTH_DENIED/)
    await (await client.enqueue(job, undefined, { as: ada })).result()
  })
})

describe('tenants', () => {
  it('of job and principal have to be the same, where both have one', async () => {
    const { client } = await working([who])
    const of = (tenant: string): Principal => ({ id: 'ada', tenant })
    expect(await (await client.enqueue(who, undefined, { as: of('a'), tenant: 'a' })).result()).toEqual(of('a'))
    expect(await (await client.enqueue(who, undefined, { as: of('a') })).result()).toEqual(of('a'))
    expect(await (await client.enqueue(who, undefined, { as: bob, tenant: 'a' })).result()).toEqual(bob)
    await expect(client.enqueue(who, undefined, { as: of('a'), tenant: 'b' })).rejects.toThrow(
      failsWith('FW_TENANT_FOREIGN'),
    )
    const job = defineJob('crosses', { attempts: 1 }, () => Auth.actAs(of('a'), () => 1))
    const second = await working([job])
    await expect((await second.client.enqueue(job, undefined, { tenant: 'b' })).result()).rejects.toThrow(
      /FW_TENANT_FOREIGN/,
    )
  })
})

it('its options are checked', () => {
  expect(() => Auth.configure({ secrets: ['short'] })).toThrow(/at least 16 characters/)
  expect(() => Auth.configure({ secrets: [secret, secret] })).toThrow(/two of them have the id/)
  expect(() => Auth.configure({ secrets: [{ id: 'a.b', secret }] })).toThrow(failsWith('FW_CONFIG_INVALID'))
  expect(() => Auth.configure({ secret: [secret] } as object)).toThrow(/did you mean `secrets`/)
})

it('the trace of a job goes on in what it enqueues', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const child = defineJob('child', {}, (_, { headers }) => ({ ...headers }))
  const parent = defineJob('parent', {}, async (_, job) => [
    await job.enqueue(child),
    (await client.enqueue(child)).id,
    await job.enqueue(child, undefined, { headers: { traceparent: 'own' } }),
  ])
  const { client } = await working([parent, child])
  const sent = await client.enqueue(parent, undefined, { headers: { traceparent, tracestate: 'a=1' } })
  const ids = await sent.result()
  const headers = await Promise.all(ids.map((id) => client.job(id).result()))
  expect(headers).toEqual([
    { traceparent, tracestate: 'a=1' },
    { traceparent, tracestate: 'a=1' },
    { traceparent: 'own' },
  ])
})
