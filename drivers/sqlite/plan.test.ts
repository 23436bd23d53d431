import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, it, vi } from 'vitest'
import { folder, job, jobs, open } from '../../test/support/sqlite.ts'
import { done } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'

afterEach(() => vi.restoreAllMocks())

/** What stays as small as the number of queues, sessions or loans, or as its own LIMIT. */
const small =
  /^SCAN (fw_queue|fw_session|fw_loan|q|s|l|rank|\(subquery-\d+\))|^SCAN \d+ CONSTANT ROWS?$|^SCAN CONSTANT ROW$/

it('no statement of the daily work scans a table or sorts', async () => {
  const texts = new Set<string>()
  const prepare = DatabaseSync.prototype.prepare
  vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, text: string) {
    texts.add(text)
    return prepare.call(this, text)
  })
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await limitsOf(hand).set('q', 'groups', { concurrencyMax: 2, rates: [{ tokens: 5, perMs: 1_000, burst: 5 }] }, 1)
  texts.clear()
  await hand.add(
    ...jobs(30, { group: 'a' }),
    job('late', { due: { inMs: 5 } }),
    job('only', { unique: { key: 'k', mode: 'replace' } }),
  )
  await hand.enqueue([job('instead', { unique: { key: 'k', mode: 'replace' } })])
  await hand.reserve('q', 1, { waitMs: 10 })
  const loans = await hand.take('q')
  await hand.settle(loans.slice(0, 1), { kind: 'retry', due: { inMs: 1 } })
  await hand.settle(loans.slice(1, 2), { kind: 'dead', reason: 'no' })
  await hand.settle(loans, { kind: 'done', keep: { count: 1, ageMs: 1_000 } })
  await hand.settle(await hand.take('q'), done)
  await hand.beat({ renew: true, progress: loans.map(({ receipt }) => ({ receipt, value: '1' })) })
  await hand.driver.sweep(10)
  await hand.depth('q')
  await inspectorOf(hand).find(['late'])
  vi.restoreAllMocks()

  const db = new DatabaseSync(path)
  const bad: string[] = []
  for (const text of texts) {
    if (/^\s*(pragma|begin|commit|rollback)/.test(text)) continue
    const steps = db.prepare(`explain query plan ${text}`).all() as { detail: string }[]
    for (const { detail } of steps) {
      if ((detail.startsWith('SCAN') && !small.test(detail)) || /TEMP B-TREE/.test(detail))
        bad.push(`${detail}: ${text}`)
    }
  }
  db.close()
  expect(texts.size).toBeGreaterThan(40)
  expect(bad).toEqual([])
})
