import { describe, expect, test, vi } from 'vitest'
import { job, type World, world } from '../../test/support/postgres-world.ts'
import type { Hand } from '../conformance/hand.ts'
import { called } from './library.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/** Reads whole tables: their rows by sequential scans so far. */
const scans = `select relname as table, seq_scan::int as scans from pg_stat_xact_user_tables where schemaname = $1 and relname <> all($2)`

/** Small whatever happens: sessions, bells, queues. */
const small = ['session', 'idle', 'queue', 'meta']

/** 100,000 jobs wait, and some of them in groups. */
async function crowd({ query, schema }: World, hand: Hand): Promise<void> {
  await hand.add(job('first'), job('grouped', { queue: 'fair', group: 'a' }))
  const [{ q, line } = {}] = await query(`select q, line from "${schema}".job where id = 'first'`)
  await query(
    `insert into "${schema}".job (n, id, q, line, rank, name, at, body)
     select nextval('"${schema}".seq'), 'many-' || i, $1, $2, 4, 'work', 0, '{}' from generate_series(1, 100000) as i`,
    [q, line],
  )
  await query(
    `insert into "${schema}".ready select line, rank, n, n, 0, 0, 0 from "${schema}".job where id like 'many-%'`,
  )
  await query(`analyze`)
}

/** The driver's functions, called in a transaction of ours, so that what they scan is counted for it. */
describe('with 100,000 jobs waiting, no statement of every day reads a table from end to end', () => {
  test('enqueue, reserve, settle, beat, sweep, tidy, list, groups, trim', async (context) => {
    const all = await world(context)
    const hand = await all.open()
    await crowd(all, hand)
    const { query, schema } = all
    const [{ s } = {}] = await query(`select s from "${schema}".session`)
    const call = async (verb: string, args: string) => {
      await query('begin')
      const [row] = await query(`select ${called(schema, verb)}(${args})::text as answer`)
      const read = await query(scans, [schema, small])
      await query('commit')
      expect(
        read.filter(({ scans }) => Number(scans) > 0),
        verb,
      ).toEqual([])
      return String(row!['answer'])
    }
    const enqueued = `'[["q", null], ["fair", "a"]]', e'x\\x1ey', '{1,2}', '{4,4}', e'work\\x1ework', e'{}\\x1e{}', null, null, null, null`
    await call('enqueue', `${String(s)}, 5, 1, ${enqueued}`)
    const answer = await call('reserve', `${String(s)}, 6, 1, '[["q", 500], ["fair", 10]]', 510`)
    const [head, block] = answer.split('\x1c')
    const { loan } = JSON.parse(head!) as { loan: number }
    const ns = block!.split('\x1d')[1]!.split(',')
    expect(ns).toHaveLength(500)
    const fill = (value: unknown) => `'{${ns.map(() => value).join(',')}}'`
    await call(
      'settle',
      `${String(s)}, 7, 1, ${fill(s)}, ${fill(loan)}, '{${ns.join(',')}}', '${'k'.repeat(499)}r', null, '{"queues": [1], "keep": {"1": [100, 1000]}}'`,
    )
    await call('beat', `${String(s)}, true, '{}', '[]', null`)
    await call('sweep', '100')
    await call('tidy', '1000')
    for (const filter of [
      { queue: 'q' },
      { queue: 'q', states: ['ready'] },
      { states: ['done', 'dead'] },
      { name: 'none' },
    ]) {
      await call('list', `'${JSON.stringify(filter)}', 9007199254740991, 50, 4000`)
    }
    await call('groups', `'fair', 10`)
    await call('trim', `'q', '{done,dead}', 10, 1000, 100`)
  })
})
