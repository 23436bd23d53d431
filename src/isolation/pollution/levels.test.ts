import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { folder, globals, listener } from '../../../test/support/pollution-kinds.ts'
import { gate, heard, until, working } from '../../../test/support/work.ts'
import { systemEnv } from '../../base/env.ts'
import { defineJob } from '../../index.ts'
import { Sampler } from './sampler.ts'

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
    const { warn } = console
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

describe('the sampler', () => {
  it.each([0.02, 0.1, 2])('spends less than a microsecond a job on looks of %d ms', (lookMs) => {
    let nowMs = 0
    const sampler = new Sampler({ ...systemEnv, monoMs: () => nowMs })
    const look = () => void (nowMs += lookMs)
    const jobs = 300_000
    for (let seen = 0; seen < jobs; seen++) {
      if (!sampler.isDue(seen)) continue
      for (let looks = 0; looks < 3; looks++) sampler.timed(look)
    }
    expect(nowMs / jobs).toBeLessThan(0.001)
    expect(nowMs).toBeGreaterThan(9 * lookMs)
  })

  it('is not put off by one look that took very long', () => {
    let nowMs = 0
    const sampler = new Sampler({ ...systemEnv, monoMs: () => nowMs })
    const { every } = sampler
    sampler.timed(() => void (nowMs += 60_000))
    expect(sampler.every).toBeLessThan(every * 2)
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
