import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Child, folder, jobs, open } from '../../test/support/sqlite.ts'
import { done, idsOf } from '../conformance/hand.ts'
import { format } from './migrate.ts'

const worker = `
  const hand = await new Hand(driver).open()
  say('ready')
  await new Promise((go) => process.stdin.once('data', go))
  const ids = []
  for (;;) {
    const loans = await hand.take('q', 20)
    if (loans.length === 0) break
    ids.push(...loans.map(({ job }) => job.id))
    const outcomes = await hand.settle(loans, { kind: 'done', keep: { count: 10_000, ageMs: 60_000 } })
    if (outcomes.some(({ outcome }) => outcome !== 'settled')) throw new Error('stale')
  }
  say(ids)
  await driver.close()
  process.exit()`

describe('several processes on one file', () => {
  it.each([2, 4])('%i workers claim every job once', async (workers) => {
    const path = join(folder(), 'jobs.db')
    const producer = await open(path)
    const all = jobs(1_500)
    for (let at = 0; at < all.length; at += 500) await producer.add(...all.slice(at, at + 500))
    const children = Array.from({ length: workers }, () => new Child(path, worker))
    for (const child of children) expect(await child.next()).toBe('ready')
    for (const { process } of children) process.stdin!.write('go')
    const claimed = (await Promise.all(children.map((child) => child.rest()))) as [string[]][]
    const ids = claimed.flatMap(([ids]) => ids)
    expect(ids.length).toBe(all.length)
    expect(new Set(ids).size).toBe(all.length)
    expect(claimed.filter(([ids]) => ids.length > 0).length).toBeGreaterThan(1)
    expect(await producer.depth('q')).toMatchObject({ ready: 0, running: 0, done: 1_500 })
  })

  it('eight race to create the file, and all find it well', async () => {
    const path = join(folder(), 'jobs.db')
    const code = (i: number) => `
      await driver.prepare()
      const hand = await new Hand(driver).open()
      await hand.add(job('from-${i}'))
      await driver.close()`
    const children = Array.from({ length: 8 }, (_, i) => new Child(path, code(i)))
    await Promise.all(children.map((child) => child.rest()))
    const db = new DatabaseSync(path)
    expect(db.prepare('pragma user_version').get()).toEqual({ user_version: format })
    expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    db.close()
    const hand = await open(path)
    expect((await hand.depth('q')).ready).toBe(8)
  })

  it('what a killed process held is swept after its lease, its attempt given back, one crash counted', async () => {
    const path = join(folder(), 'jobs.db')
    const survivor = await open(path)
    await survivor.add(...jobs(50))
    const child = new Child(
      path,
      `const hand = await new Hand(driver).open()
       say((await hand.take('q', 50)).length)
       await sleep(60_000)`,
      { leaseMs: 1_500 },
    )
    expect(await child.next()).toBe(50)
    await child.kill()
    expect(await survivor.driver.sweep(1_000)).toEqual({ taken: 0, more: false })
    await sleep(1_550)
    expect(await survivor.driver.sweep(1_000)).toEqual({ taken: 50, more: false })
    const loans = await survivor.take('q')
    expect(idsOf(loans)).toEqual(jobs(50).map(({ id }) => id))
    expect(loans.map(({ attempts, crashes }) => [attempts, crashes])).toEqual(loans.map(() => [1, 1]))
    await survivor.settle(loans, done)
  })

  it('a worker that waits sees what another process enqueues', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    const child = new Child(
      path,
      `const hand = await new Hand(driver).open()
       say('ready')
       await new Promise((go) => process.stdin.once('data', go))
       await hand.add(job('a'))
       say(Date.now())
       await driver.close()
       process.exit()`,
    )
    await child.next()
    const waiting = hand.reserve('q', 1, { waitMs: 10_000 })
    child.process.stdin!.write('go')
    const { jobs: loans } = await waiting
    const wokenAtMs = Date.now()
    expect(idsOf(loans)).toEqual(['a'])
    expect(wokenAtMs - ((await child.next()) as number)).toBeLessThan(5_000)
  })

  it('a file that somebody keeps locked is waited for without blocking, and then reported', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path, { busyTimeoutMs: 200 })
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    await expect(hand.enqueue(jobs(1))).rejects.toMatchObject({ code: 'FW_STORE_FAILED', retryable: true })
    expect(turns).toBeGreaterThan(5)
    clearInterval(ticking)
    const waiting = hand.enqueue(jobs(1))
    await sleep(50)
    other.exec('rollback')
    expect(await waiting).toEqual([{ outcome: 'added', id: 'job-000000' }])
    other.close()
  })
})
