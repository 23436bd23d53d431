import { DatabaseSync } from 'node:sqlite'
import { closeSync, cpSync, existsSync, openSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Child, folder, job, jobs, open, readonlyFolder, smallDisk } from '../../test/support/sqlite.ts'
import { done, idsOf } from '../conformance/hand.ts'
import { sqliteDriver } from './index.ts'
import { format } from './migrate.ts'

const opening = (path: string) => sqliteDriver({ path }).open()

describe('files that are not what they should be', () => {
  it('a text file is refused, named, and left as it is', async () => {
    const path = join(folder(), 'notes.txt')
    writeFileSync(path, 'Dear diary, '.repeat(1_000))
    await expect(opening(path)).rejects.toMatchObject({
      code: 'FW_STORE_CORRUPT',
      retryable: false,
      message: expect.stringContaining(path) as string,
    })
    expect(statSync(path).size).toBe(12_000)
  })

  it('a SQLite file of somebody else is refused, unless it may be shared', async () => {
    const path = join(folder(), 'shop.db')
    const shop = new DatabaseSync(path)
    shop.exec('create table orders (id text); pragma user_version = 7')
    await expect(opening(path)).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT' })
    const tables = () => shop.prepare("select count(*) as tables from sqlite_schema where name like 'fw%'").get()
    expect(tables()).toEqual({ tables: 0 })
    const hand = await open(path, { share: true })
    await hand.add(job('a'))
    expect(idsOf(await hand.take('q'))).toEqual(['a'])
    expect(shop.prepare('pragma user_version').get()).toEqual({ user_version: 7 })
    shop.close()
    // Once our tables are in it, it is known again.
    await (await open(path)).depth('q')
  })

  it('a newer format is refused', async () => {
    const path = join(folder(), 'jobs.db')
    await (await open(path)).driver.close()
    const db = new DatabaseSync(path)
    db.exec(`pragma user_version = ${format + 1}`)
    db.close()
    await expect(opening(path)).rejects.toMatchObject({ code: 'FW_STORE_NEWER', retryable: false })
  })

  it('a damaged file says so, and which', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    for (let i = 0; i < 3; i++) await hand.add(...jobs(1_000, { body: 'x'.repeat(400) }, `${i}-`))
    await hand.driver.close()
    const file = openSync(path, 'r+')
    for (let at = 8_192; at < statSync(path).size; at += 4_096) writeSync(file, Buffer.alloc(2_000, 0xaa), 0, 2_000, at)
    closeSync(file)
    const use = async () => {
      const damaged = await open(path)
      for (let i = 0; i < 10; i++) await damaged.take('q', 1_000)
    }
    await expect(use()).rejects.toMatchObject({
      code: 'FW_STORE_CORRUPT',
      message: expect.stringContaining(path) as string,
    })
  })

  it('a write-ahead log that was cut off loses its end, and nothing else', async () => {
    const [from, to] = [folder(), folder()]
    const child = new Child(
      join(from, 'jobs.db'),
      `const hand = await new Hand(driver).open()
       for (let i = 0; i < 40; i++) await hand.add(job('job-' + String(i).padStart(3, '0')))
       say('written')
       await sleep(60_000)`,
    )
    await child.next()
    await child.kill()
    cpSync(from, to, { recursive: true })
    const wal = join(to, 'jobs.db-wal')
    truncateSync(wal, Math.floor(statSync(wal).size / 2) + 77)
    const db = new DatabaseSync(join(to, 'jobs.db'))
    expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    db.close()
    const cut = await open(join(to, 'jobs.db'))
    const { ready } = await cut.depth('q')
    expect(ready).toBeGreaterThan(0)
    expect(ready).toBeLessThan(40)
    const ids = await cut.takeIds('q')
    expect(ids).toEqual(Array.from({ length: ready }, (_, i) => `job-${String(i).padStart(3, '0')}`))
    // The whole log, after the same kill, has all of them.
    expect((await (await open(join(from, 'jobs.db'))).depth('q')).ready).toBe(40)
  })
})

describe('places that cannot be written', () => {
  it('a folder that does not exist', async () => {
    const path = join(folder(), 'nowhere', 'jobs.db')
    await expect(opening(path)).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: false })
  })

  it.each(['new', 'existing'])('a read-only folder, with a %s file', async (which) => {
    const made = await readonlyFolder(async (at) => {
      if (which === 'existing') await (await open(join(at, 'jobs.db'))).driver.close()
    })
    if (made === undefined) return skipped('a read-only folder needs a mount, and this user may not mount')
    await expect(opening(join(made, 'jobs.db'))).rejects.toMatchObject({
      code: 'FW_STORE_READONLY',
      message: expect.stringContaining(made) as string,
    })
    expect(existsSync(join(made, 'jobs.db'))).toBe(which === 'existing')
  })

  it('a full disk: said, nothing acknowledged is lost, and it goes on when there is space again', async () => {
    const disk = smallDisk(4 * 1024 * 1024)
    if (disk === undefined) return skipped('a full disk needs a mount, and this user may not mount')
    const hand = await open(join(disk.folder, 'jobs.db'))
    const ballast = join(disk.folder, 'ballast')
    writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))
    const acknowledged: string[] = []
    const fill = async () => {
      for (let i = 0; i < 1_000; i++) {
        const batch = jobs(20, { body: 'x'.repeat(1_000) }, `${i}-`)
        await hand.add(...batch)
        acknowledged.push(...batch.map(({ id }) => id))
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'FW_STORE_FULL', retryable: true })
    expect(acknowledged.length).toBeGreaterThan(0)
    // Reading goes on.
    expect((await hand.depth('q')).ready).toBe(acknowledged.length)
    truncateSync(ballast, 0)
    const loans = []
    for (;;) {
      const taken = await hand.take('q', 50)
      if (taken.length === 0) break
      loans.push(...taken)
      await hand.settle(taken, done)
    }
    expect(idsOf(loans)).toEqual(acknowledged)
    const db = new DatabaseSync(join(disk.folder, 'jobs.db'))
    expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    db.close()
  })
})

describe('numbers that grew large', () => {
  it.each([3e8, 2 ** 31 - 2, 2 ** 32 - 2, 1e14, 2 ** 53 - 2_000])('the counter at %d', async (seq) => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    const db = new DatabaseSync(path)
    db.prepare("update fw_meta set value = ? where key = 'seq'").run(BigInt(seq))
    db.close()
    await hand.add(...jobs(10))
    const loans = await hand.take('q')
    expect(idsOf(loans)).toEqual(jobs(10).map(({ id }) => id))
    expect(await hand.settle(loans.slice(0, 5), { kind: 'retry' })).toEqual(
      loans.slice(0, 5).map(() => ({ outcome: 'settled' })),
    )
    expect(await hand.settle(loans, done)).toEqual(loans.map((_, i) => ({ outcome: i < 5 ? 'stale' : 'settled' })))
    expect(await hand.takeIds('q')).toEqual(jobs(5).map(({ id }) => id))
  })

  it('a counter that is used up fails, and gives no number twice', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    const db = new DatabaseSync(path)
    db.prepare("update fw_meta set value = ? where key = 'seq'").run(BigInt(2 ** 53 - 3))
    db.close()
    await expect(hand.enqueue(jobs(10))).rejects.toMatchObject({ code: 'FW_STORE_FAILED', retryable: false })
    expect((await hand.depth('q')).ready).toBe(0)
  })
})

function skipped(reason: string): void {
  process.stderr.write(`sqlite: skipped: ${reason}\n`)
}
