import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { folder, globals, listener, pollutionKinds, settings, table } from '../../../test/support/pollution-kinds.ts'
import { heard, until, working } from '../../../test/support/work.ts'
import { defineJob, watch } from '../../index.ts'

describe('strict', () => {
  it.each(pollutionKinds)('$what: named, undone, and the attempt fails', async ({ pollute, says, isPolluted }) => {
    const ends = [watch(settings, 'settings'), watch(table, 'table')]
    const polluted = heard('job.polluted')
    let wasPolluted = false
    const guilty = defineJob('guilty', { attempts: 1 }, async () => {
      pollute()
      wasPolluted = isPolluted()
      await new Promise((resolve) => setImmediate(resolve))
    })
    const innocent = defineJob('innocent', {}, async () => {
      await Promise.resolve()
      return isPolluted()
    })
    const { client } = await working([guilty, innocent], { isolation: 'strict', concurrency: 50 })
    const [bad, ...good] = [
      await client.enqueue(guilty),
      await client.enqueue(innocent),
      await client.enqueue(innocent),
    ]
    const error: unknown = await bad.result().catch((thrown: unknown) => thrown)
    expect(await Promise.all(good.map((job) => job.result()))).toEqual([false, false])
    for (const end of ends) end()
    expect(wasPolluted).toBe(true)
    expect(isPolluted()).toBe(false)
    expect(String(error)).toContain('FW_JOB_POLLUTED')
    expect(String(error)).toContain(says)
    expect(String(error)).not.toContain('secret value')
    expect(polluted).toMatchObject([{ id: bad.id, name: 'guilty', sure: 'exact', undone: true }])
  })

  it('finds its way although the very methods that it might use are replaced', async () => {
    const { get, has } = Map.prototype
    const { push } = Array.prototype
    const iterate = Array.prototype[Symbol.iterator]
    const { is } = Object
    const polluted = heard('job.polluted')
    const guilty = defineJob('guilty', { attempts: 1 }, () => {
      const broken = () => {
        throw new Error('broken')
      }
      Map.prototype.get = broken
      Map.prototype.has = broken
      Array.prototype.push = broken
      Array.prototype[Symbol.iterator] = broken
      Object.is = broken
      process.env.POLLUTION_NEW = 'x'
    })
    const { client } = await working([guilty], { isolation: 'strict' })
    await expect((await client.enqueue(guilty)).result()).rejects.toThrow(/Map\.prototype\.get was replaced/)
    expect([Map.prototype.get, Map.prototype.has, Array.prototype.push, Object.is]).toEqual([get, has, push, is])
    expect(Array.prototype[Symbol.iterator]).toBe(iterate)
    expect(process.env.POLLUTION_NEW).toBeUndefined()
    expect(polluted.map(({ sure, undone, changes }) => [sure, undone, changes.length])).toEqual([
      ['exact', true, 5],
      ['exact', true, 1],
    ])
  })

  it('it fails by policy: the job is tried again, and may do better', async () => {
    const careless = defineJob('careless', { backoff: { kind: 'fixed', baseMs: 1, jitter: 'none' } }, (_, job) => {
      if (job.attempt < 3) process.env.POLLUTION_NEW = 'x'
      return job.attempt
    })
    const { client } = await working([careless], { isolation: 'strict' })
    expect(await (await client.enqueue(careless)).result()).toBe(3)
  })

  it('a job that tidies up after itself has changed nothing', async () => {
    const polluted = heard('job.polluted')
    const tidy = defineJob('tidy', {}, async (_, job) => {
      process.env.POLLUTION_NEW = 'x'
      process.on('SIGUSR2', listener)
      process.chdir(tmpdir())
      job.defer(() => process.chdir(folder))
      await Promise.resolve()
      delete process.env.POLLUTION_NEW
      process.off('SIGUSR2', listener)
    })
    const { client } = await working([tidy], { isolation: 'strict' })
    await (await client.enqueue(tidy)).result()
    expect(polluted).toEqual([])
  })

  it('what cannot be undone is told as such, once', async () => {
    const frozen: Record<string, unknown> = { a: 1 }
    const end = watch(frozen, 'frozen')
    const polluted = heard('job.polluted')
    const guilty = defineJob('guilty', { attempts: 1 }, () => void Object.freeze(frozen))
    const innocent = defineJob('innocent', {}, () => 'fine')
    const { client } = await working([guilty, innocent], { isolation: 'strict' })
    await expect((await client.enqueue(guilty)).result()).rejects.toThrow(/frozen was frozen/)
    expect(await (await client.enqueue(innocent)).result()).toBe('fine')
    end()
    expect(polluted).toMatchObject([{ name: 'guilty', undone: false }])
  })

  it('what a job left behind changes after its end is named by the call, where a call does it', async () => {
    const polluted = heard('job.polluted')
    const leaves = defineJob('leaves', {}, () => void setTimeout(() => process.on('SIGUSR2', listener), 5))
    const { client } = await working([leaves], { isolation: 'strict' })
    const { id } = await client.enqueue(leaves)
    await until(() => polluted.length > 0)
    expect(polluted).toMatchObject([{ id, name: 'leaves', sure: 'exact', undone: true }])
    expect(process.listeners('SIGUSR2')).not.toContain(listener)
  })
})

it('a global that is made when it is first read is no pollution, a replaced one is', async () => {
  const polluted = heard('job.polluted')
  // As Node does it: the getter puts what it makes in its own place.
  const lazy = (name: string) =>
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        const made = (kept[name] ??= () => name)
        globals[name] = made
        return made
      },
      set(value: unknown) {
        Object.defineProperty(globalThis, name, { configurable: true, writable: true, value })
      },
    })
  const kept: Record<string, () => string> = {}
  lazy('lazyOne')
  lazy('lazyTwo')
  const reads = defineJob('reads', {}, () => typeof globals.lazyOne)
  const writes = defineJob('writes', { attempts: 1 }, () => void (globals.lazyTwo = 'mine'))
  const { client } = await working([reads, writes], { isolation: 'strict' })
  expect(await (await client.enqueue(reads)).result()).toBe('function')
  await expect((await client.enqueue(writes)).result()).rejects.toThrow('globalThis.lazyTwo was replaced')
  expect(polluted).toMatchObject([{ name: 'writes', undone: true }])
  expect(typeof globals.lazyTwo).toBe('function')
  delete globals.lazyOne
  delete globals.lazyTwo
})
