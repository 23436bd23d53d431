import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { gate, heard, until, working } from '../../../test/support/work.ts'
import { defineJob, watch } from '../../index.ts'

interface Kind {
  what: string
  pollute: () => unknown
  /** What is said of it. */
  says: string
  /** Something that is only so while it is polluted. */
  isPolluted: () => boolean
}

const settings = { tone: 'calm', nested: { deep: 1 } }
const table = new Map([['one', 1]])
const { map } = Array.prototype
const { log, warn } = console
const { fetch, JSON: json, Promise: promise } = globalThis
const globals = globalThis as Record<string, unknown>
const folder = process.cwd()
const mask = process.umask()
const listener = () => {}
const onWarning = process.listeners('warning')[0]!
const offset = new Date(0).getTimezoneOffset()
process.env.POLLUTION_KEPT = 'kept'

const kinds: Kind[] = [
  {
    what: 'a variable of the environment',
    pollute: () => (process.env.POLLUTION_NEW = 'secret value'),
    says: 'process.env.POLLUTION_NEW was added',
    isPolluted: () => 'POLLUTION_NEW' in process.env,
  },
  {
    what: 'a changed variable',
    pollute: () => (process.env.POLLUTION_KEPT = 'x'),
    says: 'process.env.POLLUTION_KEPT was changed',
    isPolluted: () => process.env.POLLUTION_KEPT !== 'kept',
  },
  {
    what: 'a removed variable',
    pollute: () => delete process.env.POLLUTION_KEPT,
    says: 'process.env.POLLUTION_KEPT was removed',
    isPolluted: () => process.env.POLLUTION_KEPT === undefined,
  },
  {
    what: 'the timezone',
    pollute: () => (process.env.TZ = offset === -540 ? 'America/Lima' : 'Asia/Tokyo'),
    says: 'the timezone was changed, for all dates of the process',
    isPolluted: () => new Date(0).getTimezoneOffset() !== offset,
  },
  {
    what: 'a global',
    pollute: () => (globals.leaked = { big: 'thing' }),
    says: 'globalThis.leaked was added',
    isPolluted: () => 'leaked' in globals,
  },
  {
    what: 'a replaced fetch',
    pollute: () => (globalThis.fetch = () => Promise.reject(new Error('mine'))),
    says: 'globalThis.fetch was replaced',
    isPolluted: () => globalThis.fetch !== fetch,
  },
  {
    what: 'a replaced JSON',
    pollute: () => (globalThis.JSON = { ...json }),
    says: 'globalThis.JSON was replaced',
    isPolluted: () => globalThis.JSON !== json,
  },
  {
    what: 'a method of a global',
    pollute: () => (JSON.stringify = () => 'mine'),
    says: 'JSON.stringify was replaced',
    isPolluted: () => JSON.stringify({}) !== '{}',
  },
  {
    what: 'a static method',
    pollute: () => (Promise.all = () => Promise.reject(new Error('mine'))),
    says: 'Promise.all was replaced',
    isPolluted: () => Object.hasOwn(promise, 'all') && String(promise.all).includes('mine'),
  },
  {
    what: 'a replaced method of a prototype: their number stays the same',
    pollute: () => {
      // oxlint-disable-next-line no-extend-native
      Array.prototype.map = function mine(this: unknown[], ...args: Parameters<typeof map>) {
        return map.apply(this, args)
      } as typeof map
    },
    says: 'Array.prototype.map was replaced',
    isPolluted: () => Array.prototype.map !== map,
  },
  {
    what: 'a hidden addition to a prototype',
    pollute: () => Object.defineProperty(String.prototype, 'shout', { value: () => '!', configurable: true }),
    says: 'String.prototype.shout was added',
    isPolluted: () => 'shout' in String.prototype,
  },
  {
    what: 'a getter in the place of a method',
    pollute: () =>
      Object.defineProperty(Date.prototype, 'getYear', {
        configurable: true,
        get() {
          throw new Error('mine')
        },
      }),
    says: 'Date.prototype.getYear was replaced',
    isPolluted: () => Object.getOwnPropertyDescriptor(Date.prototype, 'getYear')?.get !== undefined,
  },
  {
    what: 'a getter that answers the same',
    pollute: () => {
      const { trim } = String.prototype
      Object.defineProperty(String.prototype, 'trim', { configurable: true, get: () => trim })
      Object.defineProperty(String.prototype, 'shown', { configurable: true, value: 1 })
    },
    says: 'String.prototype.trim was replaced',
    isPolluted: () => Object.getOwnPropertyDescriptor(String.prototype, 'trim')?.get !== undefined,
  },
  {
    what: 'a removed method',
    pollute: () => delete (Set.prototype as Partial<Set<unknown>>).union,
    says: 'Set.prototype.union was removed',
    isPolluted: () => !('union' in Set.prototype),
  },
  {
    what: 'another prototype',
    pollute: () => Object.setPrototypeOf(RangeError.prototype, Object.create(Error.prototype) as object),
    says: 'the prototype of RangeError.prototype was replaced',
    isPolluted: () => Object.getPrototypeOf(RangeError.prototype) !== Error.prototype,
  },
  {
    what: 'console',
    pollute: () => (console.log = () => {}),
    says: 'console.log was replaced',
    isPolluted: () => console.log !== log,
  },
  {
    what: 'a method of process',
    pollute: () => (process.cwd = () => '/elsewhere'),
    says: 'process.cwd was replaced',
    isPolluted: () => process.cwd() === '/elsewhere',
  },
  {
    what: 'Error.prepareStackTrace',
    pollute: () => (Error.stackTraceLimit = 0),
    says: 'Error.stackTraceLimit was replaced',
    isPolluted: () => Error.stackTraceLimit === 0,
  },
  {
    what: 'the working directory',
    pollute: () => process.chdir(tmpdir()),
    says: 'the working directory was changed',
    isPolluted: () => process.cwd() !== folder,
  },
  {
    what: 'the umask',
    pollute: () => process.umask(0o077),
    says: 'process.umask was changed',
    isPolluted: () => process.umask() !== mask,
  },
  {
    what: 'a listener',
    pollute: () => process.on('SIGUSR2', listener),
    says: 'a listener for "SIGUSR2" was added to process',
    isPolluted: () => process.listeners('SIGUSR2').includes(listener),
  },
  {
    what: 'a listener for once',
    pollute: () => process.once('exit', listener),
    says: 'a listener for "exit" was added to process',
    isPolluted: () => process.listeners('exit').includes(listener),
  },
  {
    what: 'a listener that was taken off',
    pollute: () => process.removeAllListeners('warning'),
    says: 'a listener for "warning" was taken off process',
    isPolluted: () => !process.listeners('warning').includes(onWarning),
  },
  {
    what: 'the exit code',
    pollute: () => (process.exitCode = 3),
    says: 'process.exitCode was changed',
    isPolluted: () => process.exitCode === 3,
  },
  {
    what: 'a watched object',
    pollute: () => Object.assign(settings, { tone: 'shrill', more: true }),
    says: 'settings.tone was replaced; settings.more was added',
    isPolluted: () => settings.tone !== 'calm',
  },
  {
    what: 'a watched table',
    pollute: () => table.set('one', 2).set('two', 2),
    says: 'what table holds was changed',
    isPolluted: () => table.get('one') !== 1 || table.size !== 1,
  },
]

describe('strict', () => {
  it.each(kinds)('$what: named, undone, and the attempt fails', async ({ pollute, says, isPolluted }) => {
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
      // oxlint-disable no-extend-native
      Map.prototype.get = broken
      Map.prototype.has = broken
      Array.prototype.push = broken
      Array.prototype[Symbol.iterator] = broken
      // oxlint-enable no-extend-native
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

describe('warn', () => {
  it('the first stretch of a job is its own; nothing is undone, and it is said once a definition', async () => {
    const polluted = heard('job.polluted')
    let n = 0
    const guilty = defineJob('guilty', {}, async () => {
      process.env.POLLUTION_NEW = String(n++)
      await new Promise((resolve) => setTimeout(resolve, 2))
    })
    const innocent = defineJob('innocent', {}, () => new Promise<void>((resolve) => setTimeout(resolve, 2)))
    const { client, worker } = await working([guilty, innocent], { isolation: 'warn' })
    for (let round = 0; round < 10; round++) {
      await client.enqueueMany(guilty, Array<undefined>(3).fill(undefined))
      await client.enqueueMany(innocent, Array<undefined>(10).fill(undefined))
    }
    await worker.idle()
    expect(process.env.POLLUTION_NEW).toBe('29')
    delete process.env.POLLUTION_NEW
    expect(polluted.filter(({ sure }) => sure === 'exact').map(({ name, changes }) => [name, ...changes])).toEqual([
      ['guilty', 'process.env.POLLUTION_NEW was added'],
      ['guilty', 'process.env.POLLUTION_NEW was changed'],
    ])
    expect(polluted.every(({ name, undone }) => name === 'guilty' && !undone)).toBe(true)
  })

  it('what is found later names all who ran since the last look, by definition, and the guilty one is among them', async () => {
    const polluted = heard('job.polluted')
    const [hold, done] = [gate(), gate()]
    const guilty = defineJob('guilty', {}, async () => {
      await hold.opened
      globals.leaked = true
    })
    const bystander = defineJob('bystander', {}, () => done.opened)
    const { client, worker } = await working([guilty, bystander], { isolation: 'warn' })
    await client.enqueueMany(bystander, Array<undefined>(20).fill(undefined))
    await client.enqueue(guilty)
    await until(() => worker.running === 21)
    hold.open()
    await until(() => polluted.length > 0)
    done.open()
    await worker.idle()
    expect(polluted[0]).toMatchObject({ sure: 'suspect', undone: false, changes: ['globalThis.leaked was added'] })
    expect(polluted[0]!.suspects).toMatchObject([
      { name: 'bystander', jobs: 20 },
      { name: 'guilty', jobs: 1 },
    ])
    delete globals.leaked
  })

  it('who calls chdir, umask or process.on is known, however late and among however many', async () => {
    const polluted = heard('job.polluted')
    const done = gate()
    const guilty = defineJob('guilty', {}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      process.chdir(tmpdir())
      await new Promise((resolve) => setTimeout(resolve, 5))
      process.once('SIGUSR2', listener)
    })
    const bystander = defineJob('bystander', {}, () => done.opened)
    const { client, worker } = await working([guilty, bystander], { isolation: 'warn' })
    await client.enqueueMany(bystander, Array<undefined>(20).fill(undefined))
    const bad = await client.enqueue(guilty)
    await bad.result()
    done.open()
    await worker.idle()
    expect(polluted.map(({ sure, id, suspects }) => ({ sure, id, suspects }))).toEqual([{ sure: 'exact', id: bad.id }])
    expect(polluted[0]!.changes).toEqual([
      'the working directory was changed',
      'a listener for "SIGUSR2" was added to process',
    ])
    process.chdir(folder)
    process.off('SIGUSR2', listener)
  })
})

describe('sample', () => {
  it('watches the first jobs of each definition, undoes nothing and wraps nothing', async () => {
    const polluted = heard('job.polluted')
    const { chdir } = process
    const guilty = defineJob('guilty', {}, () => void (console.warn = () => {}))
    const { client } = await working([guilty])
    expect([process.chdir, Object.hasOwn(process, 'on')]).toEqual([chdir, false])
    await (await client.enqueue(guilty)).result()
    expect(console.warn).not.toBe(warn)
    console.warn = warn
    expect(polluted).toMatchObject([{ name: 'guilty', sure: 'exact', changes: ['console.warn was replaced'] }])
  })

  it('finds what some of thousands do, although it looks at few', async () => {
    const polluted = heard('job.polluted')
    const many = defineJob('many', { input: undefined as never }, async (_, job) => {
      await Promise.resolve()
      if (job.priority === 1) globals.leaked = true
    })
    const { client, worker } = await working([many], { concurrency: 5_000 })
    await client.enqueueMany(many, Array<undefined>(10).fill(undefined))
    await worker.idle()
    await client.enqueue(many, undefined, { priority: 1 })
    await worker.idle()
    while (polluted.length === 0) {
      await client.enqueueMany(many, Array<undefined>(1_000).fill(undefined))
      await worker.idle()
    }
    delete globals.leaked
    expect(polluted).toMatchObject([{ sure: 'suspect', changes: ['globalThis.leaked was added'] }])
  })
})

describe('several workers in one process', () => {
  it('share the guard; what it wraps is undone with the last one, in whatever order they stop', async () => {
    const before = { chdir: process.chdir, on: process.on, exit: process.exit, umask: process.umask }
    const job = defineJob('job', {}, () => {})
    const one = await working([job], { isolation: 'warn' })
    const two = await working([job], { isolation: 'strict', ownProcess: true })
    const three = await working([job], { ownProcess: true })
    expect(process.chdir).not.toBe(before.chdir)
    expect(process.exit).not.toBe(before.exit)
    await one.worker.stop()
    await two.worker.stop()
    expect(process.exit).not.toBe(before.exit)
    await three.worker.stop()
    const { chdir, on, exit, umask } = process
    expect({ chdir, on, exit, umask }).toEqual(before)
    expect(Object.hasOwn(process, 'on')).toBe(false)
  })

  it('what one binds while the other works is no pollution', async () => {
    const polluted = heard('job.polluted')
    const hold = gate()
    const job = defineJob('job', {}, () => hold.opened)
    const { client, worker } = await working([job], { isolation: 'warn' })
    await client.enqueue(job)
    await until(() => worker.running === 1)
    const other = await working([job], { ownProcess: true })
    await other.worker.stop()
    hold.open()
    await worker.idle()
    expect(polluted).toEqual([])
  })
})

it('off: nothing is looked at', async () => {
  const polluted = heard('job.polluted')
  const guilty = defineJob('guilty', {}, () => void (globals.leaked = true))
  const { client } = await working([guilty], { isolation: 'off' })
  await (await client.enqueue(guilty)).result()
  delete globals.leaked
  expect(polluted).toEqual([])
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
