import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { blocker, type Blocking } from '../../test/support/blocker.ts'
import { Guarded } from '../../test/support/guarded.ts'
import { folder } from '../../test/support/sqlite.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { defaults } from '../base/defaults.ts'
import type { ConnectOptions } from '../connect/connect.ts'
import type { WorkOptions } from '../connect/work.ts'
import type { EventName } from '../contract/events.ts'
import { type Client, connect } from '../index.ts'

const events: EventName[] = [
  'guardian.started',
  'guardian.failed',
  'guardian.gaveUp',
  'loop.recovered',
  'worker.revoked',
  'job.started',
]

/** A worker in a process of its own, whose lease the guardian keeps, and a client of the same store. */
async function guarded(connectOptions: ConnectOptions, work: WorkOptions, nodeFlags: string[] = []) {
  const url = `sqlite:${join(folder(), 'jobs.db')}`
  const child = new Guarded({ url, connect: connectOptions, work, events }, nodeFlags)
  await child.hears('guardian.started')
  const { client } = await working([], { url, connect: connectOptions, guardian: false })
  const add = async (how: Blocking['how'], ms: number) => (await client.enqueue(blocker, { how, ms })).id
  return { url, child, client, add }
}

const crashesOf = async (client: Client, ids: string[]) => (await client.find(ids)).map((record) => record?.crashes)

it('a handler that blocks for five leases beside an idle worker: no redelivery, and all is settled', async () => {
  const leaseMs = 3_000
  const { url, child, client, add } = await guarded({ leaseMs }, { concurrency: 20 })
  const revoked = heard('worker.revoked')
  const innocents = await Promise.all(Array.from({ length: 9 }, () => add('nothing', 6_000)))
  const culprit = await add('loop', 5 * leaseMs)
  for (let i = 0; i < 10; i++) await child.hears('job.started')
  const idle = await connect(url, { leaseMs })
  const second = await idle.work([blocker], { concurrency: 20 })
  const named = await child.hears('loop.recovered')
  expect(named).toMatchObject({ sure: 'exact', job: { id: culprit } })
  expect(named['blockedMs']).toBeGreaterThan(4.5 * leaseMs)
  await until(async () => (await client.find([culprit, ...innocents])).every((record) => record?.state === 'done'))
  const records = await client.find([culprit, ...innocents])
  expect(records.map((record) => [record!.attempts, record!.crashes])).toEqual(records.map(() => [1, 0]))
  expect(child.said.filter(({ event }) => event === 'worker.revoked' || event === 'job.started')).toHaveLength(10)
  expect(revoked).toEqual([])
  await second.stop()
  await idle.close()
}, 60_000)

it('past the longest stall the process ends with its code, tells the stack, and only the culprit is charged', async () => {
  const { child, client, add } = await guarded({ leaseMs: 900 }, { ownProcess: true, stallMsMax: 1_500 })
  const innocents = await Promise.all(Array.from({ length: 4 }, () => add('nothing', 60_000)))
  for (let i = 0; i < 4; i++) await child.hears('job.started')
  const culprit = await add('loop', 120_000)
  expect(await child.exit()).toEqual({ code: defaults.stalledExitCode, signal: null })
  expect(child.stderr).toMatch(new RegExp(`blocked for \\d s by the job blocker ${culprit} .* ends with 75`))
  expect(child.stderr).toMatch(/at .*loop.*blocker\.ts:\d+/)
  await until(async () => (await client.driver.sweep(100), (await client.find([culprit]))[0]!.state === 'ready'))
  expect(await crashesOf(client, [culprit, ...innocents])).toEqual([1, 0, 0, 0, 0])
}, 30_000)

it('native code that cannot be left is killed, and nobody is accused', async () => {
  const { child, client, add } = await guarded({ leaseMs: 900 }, { ownProcess: true, stallMsMax: 1_500 })
  const ids = [await add('nothing', 60_000), await add('exec', 20_000)]
  expect(await child.exit()).toEqual({ code: null, signal: 'SIGKILL' })
  expect(child.stderr).toMatch(/blocked for \d s by no job that is known/)
  await until(
    async () => (await client.driver.sweep(100), (await client.find(ids)).every((one) => one!.state === 'ready')),
  )
  expect(await crashesOf(client, ids)).toEqual([1, 1])
}, 30_000)

it('in a library the host is left alone: the lease runs out, and the worker goes on with a new session', async () => {
  const { child, client, add } = await guarded({ leaseMs: 900 }, { stallMsMax: 1_500 })
  const culprit = await add('loop', 6_000)
  await child.hears('job.started')
  await until(async () => (await client.driver.sweep(100), (await crashesOf(client, [culprit]))[0] === 1))
  expect(await client.cancel([culprit])).toEqual(['cancelled'])
  expect(await child.hears('guardian.gaveUp')).toMatchObject({ sure: 'exact', job: { id: culprit } })
  await child.hears('worker.revoked')
  await child.hears('guardian.started')
  const after = await add('nothing', 1)
  await until(async () => (await client.find([after]))[0]!.state === 'done')
  expect(child.process.exitCode).toBe(null)
}, 30_000)

it('a process that stands still whole loses its session all the same', async () => {
  const { child, client, add } = await guarded({ leaseMs: 900 }, {})
  const job = await add('nothing', 60_000)
  await child.hears('job.started')
  child.process.kill('SIGSTOP')
  await until(async () => (await client.driver.sweep(100), (await crashesOf(client, [job]))[0] === 1))
  child.process.kill('SIGCONT')
  await child.hears('worker.revoked')
  expect(child.said.filter(({ event }) => event === 'guardian.gaveUp')).toEqual([])
}, 30_000)

it('without the right to ask, leases go on, the report says why, and nothing is killed', async () => {
  const flags = ['--permission', '--allow-worker', '--allow-fs-read=*', '--allow-fs-write=*']
  const { child, client, add } = await guarded({ leaseMs: 900 }, { ownProcess: true, stallMsMax: 1_500 }, flags)
  const job = await add('loop', 4_000)
  const told = await child.hears('loop.recovered')
  expect(told).toMatchObject({ sure: 'unknown', why: expect.stringContaining('may not be asked') as string })
  await until(async () => (await client.find([job]))[0]!.state === 'done')
  expect(await crashesOf(client, [job])).toEqual([0])
}, 30_000)

it('without the right to start a thread the beats renew', async () => {
  const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*']
  const url = `sqlite:${join(folder(), 'jobs.db')}`
  const child = new Guarded({ url, connect: { leaseMs: 600 }, work: { beatMs: 50 }, events }, flags)
  expect(await child.hears('guardian.failed')).toMatchObject({
    error: expect.stringContaining('cannot be started') as string,
  })
  const { client } = await working([], { url, guardian: false })
  const id = (await client.enqueue(blocker, { how: 'nothing', ms: 1_800 })).id
  await child.hears('job.started')
  await sleep(1_000)
  expect(await client.driver.sweep(100)).toEqual({ taken: 0, more: false })
  await until(async () => (await client.find([id]))[0]!.state === 'done')
}, 30_000)

it('while an inspector is open it names, and kills nothing', async () => {
  const { child, client, add } = await guarded({ leaseMs: 900 }, { ownProcess: true, stallMsMax: 1_500 }, [
    '--inspect=0',
  ])
  const job = await add('loop', 4_000)
  const told = await child.hears('loop.recovered')
  expect(told).toMatchObject({ sure: 'exact', job: { id: job }, why: expect.stringContaining('inspector') as string })
  await until(async () => (await client.find([job]))[0]!.state === 'done')
  expect(await crashesOf(client, [job])).toEqual([0])
}, 30_000)
