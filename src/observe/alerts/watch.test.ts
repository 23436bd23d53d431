import { expect, it, onTestFinished } from 'vitest'
import { heard } from '../../../test/support/work.ts'
import { createMemoryStore, memoryDriver } from '../../../drivers/memory/index.ts'
import { virtualEnv } from '../../../drivers/memory/virtual-env.ts'
import type { QueueDepth } from '../../contract/driver.ts'
import type { Ledger } from '../../contract/ledger.ts'
import type { Change } from './judge.ts'
import { AlertWatch } from './watch.ts'

async function watching(processes: number, waitMsMax: Record<string, number> = { mail: 60_000 }) {
  const env = virtualEnv()
  const store = createMemoryStore({ env })
  const waits: Record<string, number> = {}
  const told: Change[] = []
  let looks = 0
  let broken = false
  const depth = async (queues: string[]): Promise<QueueDepth[]> => {
    looks++
    if (broken) throw new Error('no connection')
    return queues.map((queue) => ({
      ...{ queue, ready: 1, delayed: 0, blocked: 0, running: 1, done: 0, dead: 0, cancelled: 0, quarantined: 0 },
      ...{ paused: false, oldestReadyMs: waits[queue] ?? 0 },
    }))
  }
  const ledgers: Ledger[] = []
  const start = async (limits = waitMsMax) => {
    const driver = memoryDriver({ store, env })
    await driver.open()
    ledgers.push(driver.ledger!)
    const ports = {
      env,
      ledger: driver.ledger!,
      depth,
      waitMsMax: limits,
      told: (change: Change) => void told.push(change),
    }
    const watch = new AlertWatch(ports)
    watch.start()
    onTestFinished(() => watch.stop())
    return watch
  }
  const watches = []
  for (let i = 0; i < processes; i++) watches.push(await start())
  const kinds = () => told.map(({ kind, alert }) => `${kind} ${alert.queue}`)
  return { env, waits, kinds, start, watches, ledgers, looks: () => looks, break: (is: boolean) => (broken = is) }
}

it('of all processes one looks, and tells once', async () => {
  const [raised, cleared] = [heard('alert.raised'), heard('alert.cleared')]
  const { env, waits, kinds, looks } = await watching(5)
  await env.advance(60_000)
  expect(looks()).toBeLessThanOrEqual(5)
  waits['mail'] = 70_000
  await env.advance(120_000)
  expect(kinds()).toEqual(['raised mail'])
  expect(raised).toMatchObject([{ type: 'queue.wait.exceeded', queue: 'mail', waitMs: 70_000, waitMsMax: 60_000 }])
  waits['mail'] = 0
  await env.advance(120_000)
  expect(kinds()).toEqual(['raised mail', 'cleared mail'])
  expect(cleared).toMatchObject([{ queue: 'mail', lastedMs: expect.any(Number) as number }])
})

it('who takes over, after a stop or a crash, goes on and repeats nothing', async () => {
  const { env, waits, kinds, watches, start } = await watching(2)
  waits['mail'] = 70_000
  await env.advance(60_000)
  for (const watch of watches) await watch.stop()
  await start()
  await env.advance(120_000)
  expect(kinds()).toEqual(['raised mail'])
  waits['mail'] = 0
  await env.advance(120_000)
  expect(kinds()).toEqual(['raised mail', 'cleared mail'])
})

it('processes that were told otherwise look each for themselves, and still tell once', async () => {
  const { env, waits, kinds, start } = await watching(1)
  await start({ mail: 60_000, other: 60_000 })
  await start({ mail: 30_000 })
  waits['mail'] = waits['other'] = 70_000
  await env.advance(200_000)
  expect(kinds().toSorted()).toEqual(['raised mail', 'raised other'])
})

it('a store that fails is told of; when it is back the watch goes on', async () => {
  const failed = heard('alert.failed')
  const { env, waits, kinds, break: breakIt } = await watching(1)
  breakIt(true)
  await env.advance(60_000)
  expect(failed[0]).toMatchObject({ target: undefined, tries: 1, givenUp: false })
  breakIt(false)
  waits['mail'] = 70_000
  await env.advance(300_000)
  expect(kinds()).toEqual(['raised mail'])
})

it('a standing that is not ours is begun anew', async () => {
  const { env, waits, kinds, ledgers } = await watching(1)
  await ledgers[0]!.write([{ key: 'alert:mail', value: '{"raised":1}' }])
  waits['mail'] = 70_000
  await env.advance(60_000)
  expect(kinds()).toEqual(['raised mail'])
  await ledgers[0]!.write([{ key: 'alert:mail', value: 'x' }])
  await env.advance(60_000)
  expect(kinds()).toEqual(['raised mail', 'raised mail'])
})

it('writes nothing while nothing changes', async () => {
  const { env, ledgers } = await watching(1)
  await env.advance(60_000)
  const [before] = await ledgers[0]!.read(['alert:mail'])
  await env.advance(600_000)
  expect((await ledgers[0]!.read(['alert:mail']))[0]).toEqual(before)
})
