import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemEnv } from '../../src/base/env.ts'
import { type Added, FiberWorkError, type OwnDb, type StoredJob } from '../../src/index.ts'
import { DbOutbox, type OutboxOptions } from '../../src/outbox/outbox.ts'
import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { stored } from './engine.ts'
import { ownDb, type TestDatabase } from './db.ts'
import { heard, until } from './work.ts'

/** A broker in memory, which a test may take down; what it was given stands in `got`. */
class Broker {
  readonly got: StoredJob[] = []
  readonly known = new Set<string>()
  /** Thrown instead of taking anything. */
  fault: ((jobs: StoredJob[]) => Error | undefined) | undefined
  delayMs = 0

  readonly send = async (jobs: StoredJob[]): Promise<Added[]> => {
    const fault = this.fault?.(jobs)
    if (fault !== undefined) throw fault
    if (this.delayMs > 0) await sleep(this.delayMs * Math.random())
    this.got.push(...jobs)
    return jobs.map(({ id }) => {
      const outcome = this.known.has(id) ? 'duplicate' : 'added'
      this.known.add(id)
      return { outcome, id }
    })
  }

  get ids(): string[] {
    return this.got.map(({ id }) => id)
  }
}

/** What an outbox holds in every kind of database. */
export function outboxLaws(at: () => TestDatabase): void {
  const tables = async (options: Partial<OutboxOptions> = {}) => {
    const db = ownDb(at())
    const target = `test:${systemEnv.id()}`
    const open = async () => DbOutbox.open({ env: systemEnv, db, target, pollMs: 50, stateMs: 10, ...options })
    onTestFinished(async () => {
      const tidy = ownDb(at())
      await tidy.run(`delete from fiber_work_outbox where target = '${target}'`)
    })
    return { db, target, open, outbox: await open() }
  }
  const start = (outbox: DbOutbox, broker: Broker, batchMax = 100) => {
    outbox.start({ send: broker.send, batchMax })
    onTestFinished(() => outbox.close())
  }
  const put = (db: OwnDb, outbox: DbOutbox, ids: string[], options: { rollBack?: boolean } = {}) =>
    db.transaction(async () => {
      for (const id of ids) await outbox.put(carriedTransactions()[0]!, [stored(id)])
    }, options)
  const down = () => new FiberWorkError('FW_STORE_FAILED', 'the broker is away')

  describe('an outbox', () => {
    it('holds what was committed, once, and nothing of what was rolled back; a savepoint counts as it ends', async () => {
      const { db, outbox } = await tables()
      await put(db, outbox, ['a', 'b'])
      await put(db, outbox, ['c'], { rollBack: true })
      await db.transaction(async () => {
        await outbox.put(carriedTransactions()[0]!, [stored('d')])
        await put(db, outbox, ['e'], { rollBack: true })
        await put(db, outbox, ['f'])
      })
      expect(await outbox.state()).toMatchObject({ waiting: 4, aside: 0, oldestMs: expect.any(Number) })
      const broker = new Broker()
      start(outbox, broker)
      await until(() => broker.got.length === 4)
      expect(broker.ids).toEqual(['a', 'b', 'd', 'f'])
      await until(async () => (await outbox.state()).waiting === 0)
      expect(broker.got[0]).toEqual(stored('a'))
    })

    it('hands on at once what was committed here, and soon what others have', async () => {
      const { db, outbox, open } = await tables({ pollMs: 3_000 })
      const broker = new Broker()
      start(outbox, broker)
      await sleep(100)
      const begun = performance.now()
      await put(db, outbox, ['here'])
      await until(() => broker.got.length === 1)
      expect(performance.now() - begun).toBeLessThan(2_500)
      await put(db, await open(), ['elsewhere'])
      await until(() => broker.got.length === 2)
      expect(broker.ids).toEqual(['here', 'elsewhere'])
    })

    it('keeps the order of each transaction, and sends nothing twice, with three relays at once', async () => {
      const { db, outbox, open } = await tables()
      const broker = new Broker()
      broker.delayMs = 5
      for (let i = 0; i < 3; i++) start(await open(), broker, 7)
      const all: string[] = []
      for (let n = 0; n < 30; n++) {
        const ids = Array.from({ length: 10 }, (_, i) => `${n}.${i}`)
        all.push(...ids)
        await put(db, outbox, ids)
      }
      await until(() => broker.got.length >= all.length)
      expect(broker.ids.toSorted()).toEqual(all.toSorted())
      for (let n = 0; n < 30; n++) {
        const mine = broker.ids.filter((id) => id.startsWith(`${n}.`))
        expect(mine).toEqual(mine.toSorted())
      }
      await until(async () => (await outbox.state()).waiting === 0)
    })

    it('waits while its broker is away, says how much waits, and goes on', async () => {
      const { db, outbox, target } = await tables()
      const [failed, recovered, states] = [heard('outbox.failed'), heard('outbox.recovered'), heard('outbox.state')]
      const broker = new Broker()
      broker.fault = down
      start(outbox, broker)
      await put(db, outbox, ['a', 'b'])
      await until(() => failed.length >= 2 && states.some(({ waiting }) => waiting === 2))
      expect(broker.got).toEqual([])
      broker.fault = undefined
      await until(() => recovered.some((event) => event.target === target))
      expect(broker.ids).toEqual(['a', 'b'])
      expect(failed[0]).toMatchObject({ target, tries: 1, error: { code: 'FW_STORE_FAILED' } })
    })

    it('sets aside what cannot be read and what its broker will never take, and hands on the rest', async () => {
      const { db, outbox, target } = await tables()
      const aside = heard('outbox.aside')
      const broker = new Broker()
      broker.fault = (jobs) =>
        jobs.some(({ id }) => id === 'large') ? new FiberWorkError('FW_BODY_TOO_LARGE', 'too large') : undefined
      await put(db, outbox, ['a', 'torn', 'large', 'b'])
      await db.run(`update fiber_work_outbox set job = '{"id":' where id = 'torn' and target = '${target}'`)
      start(outbox, broker)
      await until(async () => (await outbox.state()).waiting === 0)
      expect(broker.ids).toEqual(['a', 'b'])
      expect(aside.map(({ id }) => id)).toEqual(['torn', 'large'])
      expect(await outbox.state()).toMatchObject({ aside: 2 })
      const rows = await db.query(`select id, error from fiber_work_outbox where target = '${target}' order by seq`)
      expect(rows).toMatchObject([{ id: 'torn' }, { id: 'large', error: expect.stringContaining('too large') }])
    })

    it('a job of a full queue waits in it; the others do not', async () => {
      const { db, outbox } = await tables({ claimMs: 500 })
      const broker = new Broker()
      let full = true
      const send = async (jobs: StoredJob[]) => {
        const taken = jobs.filter(({ id }) => !full || id !== 'full')
        const added = await broker.send(taken)
        return jobs.map(({ id }): Added => added.find((one) => one.id === id) ?? { outcome: 'full', id })
      }
      outbox.start({ send, batchMax: 10 })
      onTestFinished(() => outbox.close())
      await put(db, outbox, ['a', 'full', 'b'])
      await until(async () => (await outbox.state()).waiting === 1)
      await put(db, outbox, ['c'])
      await until(() => broker.got.length === 3)
      expect(broker.ids).toEqual(['a', 'b', 'c'])
      full = false
      await until(async () => (await outbox.state()).waiting === 0)
      expect(broker.ids).toEqual(['a', 'b', 'c', 'full'])
    })

    it('takes over what a relay had in its hands when it died', async () => {
      const { db, outbox, open } = await tables({ claimMs: 300 })
      // As a process that was killed leaves it: claimed, and renewed by nobody.
      await put(db, outbox, ['a', 'b'])
      const { target } = await outbox.state()
      await db.run(
        `update fiber_work_outbox set claimed_by = 'dead', claimed_until_ms = ${systemEnv.nowMs() + 300} where target = '${target}'`,
      )
      const broker = new Broker()
      start(await open(), broker)
      await sleep(100)
      expect(broker.got).toEqual([])
      await until(() => broker.got.length === 2)
      expect(broker.ids).toEqual(['a', 'b'])
    })

    it('shortens a delay by the time that it has waited', async () => {
      const { db, outbox } = await tables()
      await db.transaction(() =>
        outbox.put(carriedTransactions()[0]!, [
          { ...stored('late'), due: { inMs: 10_000 } },
          { ...stored('over'), due: { inMs: 1 } },
        ]),
      )
      await sleep(100)
      const broker = new Broker()
      start(outbox, broker)
      await until(() => broker.got.length === 2)
      const [late, over] = broker.got.map(({ due }) => (due as { inMs: number }).inMs)
      expect(late).toBeGreaterThan(5_000)
      expect(late).toBeLessThanOrEqual(9_950)
      expect(over).toBe(0)
    })

    it('is bounded: a transaction that would overfill it is told so', async () => {
      const { db, outbox } = await tables({ rowsMax: 3 })
      await put(db, outbox, ['a', 'b', 'c'])
      await expect(put(db, outbox, ['d'])).rejects.toMatchObject({ code: 'FW_OUTBOX_FULL' })
      expect(await outbox.state()).toMatchObject({ waiting: 3 })
    })

    it('hands on, as it closes, what was just committed', async () => {
      const { db, outbox } = await tables()
      const broker = new Broker()
      outbox.start({ send: broker.send, batchMax: 10 })
      await put(db, outbox, ['last'])
      await outbox.close()
      expect(broker.ids).toEqual(['last'])
    })
  })
}
