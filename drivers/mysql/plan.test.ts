import { afterEach, expect, it, vi } from 'vitest'
import { installation } from '../../test/support/mysql-harness.ts'
import { job, jobs } from '../../test/support/sqlite.ts'
import { done } from '../conformance/hand.ts'
import { inspectorOf, ledgerOf, limitsOf } from '../conformance/law.ts'
import { Connection } from './connection.ts'

afterEach(() => vi.restoreAllMocks())

/** Tables that stay as small as the number of queues and sessions. */
const small = /_(?:queue|session|loan|meta|call)$/

interface Step {
  table: string | null
  type: string | null
  rows: number | null
  Extra: string | null
}

it('no statement of the daily work scans a table, or sorts in a table in between', async (context) => {
  const at = await installation(context)
  const hand = await at.open()
  const texts = new Set<string>()
  const run = Connection.prototype.run
  vi.spyOn(Connection.prototype, 'run').mockImplementation(function (this: Connection, statements: readonly string[]) {
    for (const text of statements) texts.add(text)
    return run.call(this, statements)
  })
  // Enough rows for the optimizer not to read all of them because they are few.
  for (let batch = 0; batch < 3; batch++) await hand.add(...jobs(1_000, {}, `many-${batch}-`))
  await hand.add(...jobs(300, { due: { inMs: 3_600_000 } }, 'later-'))
  for (let batch = 0; batch < 10; batch++) await hand.add(...jobs(100, { group: `g${batch}` }, `group-${batch}-`))
  await limitsOf(hand).set(
    'q',
    'groups',
    { concurrencyMax: 900, rates: [{ tokens: 5e6, perMs: 1_000, burst: 5e6 }] },
    1,
  )
  await hand.add(job('late', { due: { inMs: 5 } }), job('only', { unique: { key: 'k', mode: 'replace' } }))
  await hand.enqueue([job('instead', { unique: { key: 'k', mode: 'replace' } })])
  const loans = await hand.take('q', 1_000)
  await hand.settle(loans.slice(0, 1), { kind: 'retry', due: { inMs: 1 } })
  await hand.settle(loans.slice(1, 2), { kind: 'dead', reason: 'no' })
  await hand.settle(loans.slice(2, 800), { kind: 'done', keep: { count: 100, ageMs: 1_000 } })
  await hand.settle(loans.slice(800), { kind: 'done', result: '1', keep: { count: 100, ageMs: 1_000 } })
  await hand.settle(await hand.take('q'), done)
  await hand.beat({ renew: true, progress: loans.map(({ receipt }) => ({ receipt, value: '1' })).slice(0, 2) })
  await hand.driver.sweep(10)
  await hand.depth('q')
  await inspectorOf(hand).find(['late'])
  await inspectorOf(hand).list({ states: ['dead'] }, { limit: 10 })
  await inspectorOf(hand).peek('q', 10)
  await inspectorOf(hand).cancel(['instead'])
  await ledgerOf(hand).write([{ key: 'a', value: 'b' }])
  await ledgerOf(hand).read(['a'])
  vi.restoreAllMocks()

  await at.sql.query(
    `analyze table ${at.prefix}job, ${at.prefix}fate, ${at.prefix}ready, ${at.prefix}delayed, ${at.prefix}line`,
  )
  const bad: string[] = []
  for (const text of texts) {
    if (!/^\s*(select|update|delete|insert.*select)/is.test(text) || /^\s*insert[^;]*values/is.test(text)) continue
    const [steps] = await at.sql.query(`explain ${text}`)
    for (const { table, type, rows, Extra } of steps as Step[]) {
      const name =
        [...text.matchAll(/`(\w+)` (?:as )?(\w+)/g)].find(([, , alias]) => alias === table)?.[1] ?? table ?? ''
      const scans =
        (type === 'ALL' || type === 'index') && !small.test(name) && !name.startsWith('<derived') && (rows ?? 0) > 50
      if (scans || /Using temporary/.test(Extra ?? '')) bad.push(`${type} ${name} ${Extra}: ${text.slice(0, 300)}`)
    }
  }
  expect(texts.size).toBeGreaterThan(40)
  expect(bad).toEqual([])
}, 30_000)
