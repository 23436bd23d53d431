import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { systemEnv } from '../../src/base/env.ts'
import { outside } from '../../src/sandbox/storage.ts'
import {
  createSessions,
  defineJob,
  type JobContext,
  type SessionFacade,
  type SessionOptions,
  type SessionStore,
  unchecked,
} from '../../src/index.ts'

const failsWith = (code: string) => expect.objectContaining({ code })

function sessions(options: SessionOptions = {}): SessionFacade {
  const made = createSessions(options)
  onTestFinished(() => made.close())
  return made
}

interface Plan {
  tenant?: string
  attempts?: number
}

/** Runs one job, again while it fails if it may; rejects when it is dead. */
async function inJob<R>(run: (job: JobContext) => R, { tenant, attempts = 1 }: Plan = {}): Promise<Awaited<R>> {
  const kept: { value?: Awaited<R> } = {}
  const job = defineJob('one', { attempts, backoff: { kind: 'fixed', baseMs: 1 } }, async (_, job) => {
    kept.value = await run(job)
  })
  const { client } = await working([job])
  await (await client.enqueue(job, undefined, tenant === undefined ? {} : { tenant })).result()
  return kept.value!
}

describe('a session', () => {
  it('is seen by the next job, once the job that wrote it is done', async () => {
    const Session = sessions()
    await inJob(async () => {
      await Session.set('cart', { items: [1] })
      await Session.set('gone', 1)
      await Session.delete('gone')
      expect(await Session.get('cart')).toEqual({ items: [1] })
      expect(await outside(() => Session.get('cart'))).toBeUndefined()
    })
    expect(await inJob(() => Promise.all([Session.get('cart'), Session.get('gone')]))).toEqual([
      { items: [1] },
      undefined,
    ])
  })

  it('is not written by a job that fails', async () => {
    const Session = sessions()
    const failing = (session: SessionFacade) => async () => {
      await session.set('k', 1)
      throw new Error('no')
    }
    await expect(inJob(failing(Session))).rejects.toThrow(failsWith('FW_JOB_DEAD'))
    expect(await Session.get('k')).toBeUndefined()
    const Stubborn = sessions({ keepOnFailure: true })
    await expect(inJob(failing(Stubborn))).rejects.toThrow(failsWith('FW_JOB_DEAD'))
    expect(await Stubborn.get('k')).toBe(1)
  })

  it('gives copies', async () => {
    const Session = sessions()
    const mine = { list: [1] }
    await inJob(async () => {
      await Session.set('k', mine)
      mine.list.push(2)
      const seen = (await Session.get<typeof mine>('k'))!
      seen.list.push(3)
      expect(await Session.get('k')).toEqual({ list: [1] })
    })
    expect(await Session.get('k')).toEqual({ list: [1] })
  })

  it('keeps what others write beside it, and what they write of the same is a conflict: the job is tried again', async () => {
    const Session = sessions()
    let tries = 0
    await inJob(
      async () => {
        await Session.set('mine', ++tries)
        await outside(() => Session.set('other', tries))
      },
      { attempts: 3 },
    )
    expect([tries, await Session.get('mine'), await Session.get('other')]).toEqual([1, 1, 1])
    const ended = heard('job.ended')
    await inJob(
      async () => {
        const seen = (await Session.get<number>('mine'))!
        if (++tries === 2) await outside(() => Session.set('mine', 10))
        await Session.set('sum', seen + 1)
      },
      { attempts: 3 },
    )
    expect([tries, await Session.get('sum')]).toEqual([3, 11])
    expect(ended.map(({ verdict, error }) => [verdict, /FW_\w+/.exec(String(error))?.[0]])).toEqual([
      ['retry', 'FW_SESSION_CONFLICT'],
      ['done', undefined],
    ])
  })

  it('update changes at once, and loses nothing, however many change the same', async () => {
    const Session = sessions()
    const add = defineJob('add', { input: unchecked<number>(), tenant: 't' }, async (n) => {
      await Session.update<number>('count', async (count = 0) => {
        await sleep(Math.random() * 3)
        return count + n
      })
    })
    const { client, worker } = await working([add])
    await client.enqueueMany(
      add,
      Array.from({ length: 60 }, (_, n) => n),
    )
    await worker.idle()
    expect(await inJob(() => Session.get('count'), { tenant: 't' })).toBe((59 * 60) / 2)
  })

  it('update sees the job’s own changes, and is there although the job fails', async () => {
    const Session = sessions()
    await Session.set('k', 1)
    const run = inJob(async () => {
      await Session.set('k', 5)
      expect(await Session.update<number>('k', (k = 0) => k + 1)).toBe(6)
      expect(await Session.get('k')).toBe(6)
      await Session.set('k', 7)
      await Session.set('other', 1)
      throw new Error('no')
    })
    await expect(run).rejects.toThrow()
    expect([await Session.get('k'), await Session.get('other')]).toEqual([6, undefined])
    await inJob(async () => {
      await Session.set('k', 8)
      await outside(() => Session.set('k', 9))
      await expect(Session.update('k', () => 10)).rejects.toThrow(failsWith('FW_SESSION_CONFLICT'))
      await Session.update('n', () => 1)
      await Session.delete('k')
    }).catch((error: unknown) => expect(String(error)).toContain('FW_SESSION_CONFLICT'))
    expect([await Session.get('k'), await Session.get('n')]).toEqual([9, 1])
  })

  it('writes beside its own updates', async () => {
    const Session = sessions()
    await inJob(async () => {
      await Session.set('a', 1)
      await Session.update('b', () => 2)
      expect(await Session.get('b')).toBe(2)
      await Session.update('c', () => 3)
      await Session.update('c', () => undefined)
    })
    expect(await Promise.all(['a', 'b', 'c'].map((key) => Session.get(key)))).toEqual([1, 2, undefined])
  })

  it('is forgotten after its time, and when too many others came', async () => {
    let skippedMs = 0
    const Session = sessions({ env: { ...systemEnv, monoMs: () => skippedMs }, ttlMs: 1_000, entriesMax: 2 })
    await Session.of('a').set('k', 1)
    skippedMs = 999
    expect(await Session.of('a').get('k')).toBe(1)
    skippedMs = 1_000
    expect(await Session.of('a').get('k')).toBeUndefined()
    for (const name of ['a', 'b', 'c']) await Session.of(name).set('k', name)
    expect(await Promise.all(['a', 'b', 'c'].map((name) => Session.of(name).get('k')))).toEqual([undefined, 'b', 'c'])
  })

  it('has limits', async () => {
    const Session = sessions({ valueBytesMax: 100, bytesMax: 250 })
    await expect(Session.set('k', 'é'.repeat(60))).rejects.toThrow(
      /takes 122 bytes; the limit is 100 \(`valueBytesMax`/,
    )
    await expect(Session.set('k', new Set())).rejects.toThrow(failsWith('FW_VALUE_NOT_JSON'))
    await expect(Session.set('', 1)).rejects.toThrow(failsWith('FW_NAME_INVALID'))
    await Session.set('a', 'x'.repeat(90))
    await Session.set('b', 'x'.repeat(90))
    await expect(Session.set('c', 'x'.repeat(90))).rejects.toThrow(failsWith('FW_SESSION_TOO_LARGE'))
    await expect(inJob(() => Session.set('c', 'x'.repeat(90)))).rejects.toThrow(/FW_SESSION_TOO_LARGE/)
  })

  it('is the job’s no more after its end, nor in its cleanups', async () => {
    const Session = sessions()
    const [late, cleanup] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()]
    await inJob(async (job) => {
      await Session.set('k', 1)
      job.defer(() => Session.set('k', 2).catch(cleanup.resolve))
      void sleep(20)
        .then(() => Session.set('k', 3))
        .catch(late.resolve)
    })
    expect([await cleanup.promise, await late.promise]).toEqual([
      failsWith('FW_JOB_SETTLED'),
      failsWith('FW_JOB_SETTLED'),
    ])
    expect(await Session.get('k')).toBe(1)
  })
})

describe('tenants', () => {
  test('have each their own, whatever their names hold', async () => {
    const Session = sessions()
    const nasty = ['a', 'a","b', '["a",null]', 'null', '\\', '💥', '__proto__', 'a:b']
    const names = ['x', 'a', 'null', '","', '\ud800', '\ud801']
    const seen = new Map<string, unknown>()
    const job = defineJob('tag', { input: unchecked<'write' | 'read'>() }, async (phase, { tenant }) => {
      for (const name of [undefined, ...names]) {
        const session = name === undefined ? Session : Session.of(name)
        const tag = `${tenant}|${name}`
        if (phase === 'write') await session.set('tag', tag)
        else seen.set(tag, await session.get('tag'))
      }
    })
    const { client, worker } = await working([job])
    for (const phase of ['write', 'read'] as const) {
      for (const tenant of nasty) await client.enqueue(job, phase, { tenant })
      await worker.idle()
    }
    expect(seen.size).toBe(nasty.length * (names.length + 1))
    for (const [tag, value] of seen) expect(value).toBe(tag)
    expect(await Session.get('tag')).toBeUndefined()
    expect(await Session.of('x', { tenant: 'a' }).get('tag')).toBe('a|x')
  })

  test('cannot name another', async () => {
    const Session = sessions()
    const foreign = inJob(() => Session.of('x', { tenant: 'b' }).get('k'), { tenant: 'a' })
    await expect(foreign).rejects.toThrow(/FW_TENANT_FOREIGN/)
  })
})

describe('a store of one’s own', () => {
  it('is what sessions are kept in; what it throws fails the job, which is tried again', async () => {
    const records = new Map<string, { text: string; version: string }>()
    let [failures, tries] = [2, 0]
    const store: SessionStore = {
      read: async (id) => records.get(id),
      async write(id, { text, expected, version }) {
        if (failures-- > 0) throw new Error('disk full')
        if (records.get(id)?.version !== expected) return false
        records.set(id, { text, version })
        return true
      },
    }
    const Session = sessions({ store })
    const ended = heard('job.ended')
    const run = () => {
      tries++
      return Session.set('k', tries)
    }
    await inJob(run, { tenant: 'acme', attempts: 5 })
    expect([...records.keys(), tries]).toEqual(['["acme",null]', 3])
    expect(ended[0]!.error).toMatch(/FW_SESSION_FAILED.*could not be written: disk full/)
  })

  it('that does not answer ends with the job', async () => {
    const { opened, open } = gate()
    const Session = sessions({ store: { read: () => opened.then(() => undefined), write: async () => true } })
    const job = defineJob('waits', { attempts: 1, timeoutMs: 20 }, () => Session.get('k'))
    const { client } = await working([job])
    await expect((await client.enqueue(job)).result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    open()
  })
})

it('what others change again and again is a conflict in the end', async () => {
  const store: SessionStore = { read: async () => undefined, write: async () => false }
  const Session = sessions({ store, updateMsMax: 20 })
  let calls = 0
  await expect(Session.update('k', () => ++calls)).rejects.toThrow(failsWith('FW_SESSION_CONFLICT'))
  await until(() => calls > 1)
  await expect(inJob(() => Session.set('k', 1))).rejects.toThrow(/FW_SESSION_CONFLICT/)
})

it.each<[string, object]>([
  ['not both', { redis: 'redis://127.0.0.1', store: { read: () => 1, write: () => 1 } }],
  ['an object with `read` and `write`', { store: {} }],
  ['did you mean `ttlMs`', { ttlM: 1 }],
])('options are checked: %s', (message, options) => {
  expect(() => createSessions(options)).toThrow(message)
})
