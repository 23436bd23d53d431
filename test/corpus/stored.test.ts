import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { door, ownFolder } from './doors/served.ts'
import { count } from './laws/count.ts'
import { damagedEnd, damagedJob } from './laws/damaged.ts'

test('F5: damaged bodies in SQLite', async () => {
  const path = join(ownFolder(), 'jobs.db')
  const served = await door([damagedJob], { storeUrl: `sqlite:${path}`, open: false })
  const damaged = await damagedEnd(served, async (changes) => {
    const db = new DatabaseSync(path)
    for (const [id, { now }] of changes) {
      const { changes: rows } = db.prepare('update fw_job set body = ? where id = ?').run(now, id)
      expect([id, rows]).toEqual([id, 1])
    }
    db.close()
  })
  count('F5 sqlite', damaged)
})

/** What stands beside the body: statements that damage one job each. */
const columns: readonly string[] = [
  ...[
    '{',
    '[]',
    '5',
    'null',
    '{"u":1}',
    '{"unique":5,"tags":"x","headers":[]}',
    '{"tags":[1,{}],"headers":{"a":{}}}',
    '\ufeff{}',
  ].map((extra) => `update fw_job set extra = '${extra}'`),
  'update fw_job set rank = -1',
  'update fw_job set rank = 99',
  "update fw_job set name = ''",
  "update fw_job set name = x'ff'",
  "update fw_job set name = 'nobody'",
  'update fw_job set at = -1',
  'update fw_job set at = 9007199254740991',
  'update fw_job set due = -9007199254740991',
  'delete from fw_ready',
  'update fw_ready set attempts = 1000000000',
  'update fw_ready set attempts = -1',
  'update fw_ready set crashes = 1000000000',
  'update fw_ready set since = 9007199254740991',
]

test('F5: damaged fields beside them: the store is shown, and the neighbours are done', async () => {
  const path = join(ownFolder(), 'jobs.db')
  const served = await door([damagedJob], { storeUrl: `sqlite:${path}`, open: false })
  for (const n of columns.keys()) {
    await served.store.enqueue(damagedJob, { neighbour: n }, { id: `column-${n}` })
    await served.store.enqueue(damagedJob, { neighbour: n }, { id: `beside-${n}` })
  }
  const db = new DatabaseSync(path)
  for (const [n, statement] of columns.entries()) {
    db.exec(`${statement} where n = (select n from fw_job where id = 'column-${n}')`)
  }
  db.close()
  const asks = [
    '/v1/jobs?limit=500',
    '/v1/queues',
    '/v1/stats',
    '/v1/queues/damaged/next?limit=100',
    ...columns.flatMap((_, n) => [`/v1/jobs/column-${n}`, `/v1/jobs/column-${n}/result`]),
  ]
  await served.askAll(asks.map((at) => ({ what: at, asking: { method: 'GET', path: at } })))
  const worker = await served.work({ concurrency: 50 })
  const beside = columns.map((_, n) => `beside-${n}`)
  await expect
    .poll(async () => (await served.store.find(beside)).map((record) => record?.state), { timeout: 10_000 })
    .toEqual(beside.map(() => 'done'))
  await served.askAll(asks.map((at) => ({ what: at, asking: { method: 'GET', path: at } })))
  await worker.stop()
  count('F5 sqlite', columns.length)
})
