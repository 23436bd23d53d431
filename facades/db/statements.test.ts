import { expect, it } from 'vitest'
import { Statements } from './statements.ts'

const stains = (sql: string) => new Statements('default').of(sql).text.stains

it.each([
  'set search_path = x',
  '  -- a word first\n SET @a = 1',
  '/* a word */ begin',
  'select 1; set role none',
  'create temporary table t (id int)',
  'create or replace temp view v as select 1',
  'select * into temp t from u',
  `select get_lock('x', 1)`,
  'select pg_advisory_lock(1)',
  `select set_config('a', 'b', false)`,
  'select @n := @n + 1',
  'select id into @id from t',
  'call procedure()',
  'lock tables t write',
  'listen news',
  'prepare p as select 1',
])('may leave something behind: %s', (sql) => expect(stains(sql)).toBe(true))

it.each([
  'update t set a = 1',
  'insert into t values (1) on conflict (id) do update set a = 2',
  'select temp, temporary from weather',
  'select * from settings where use = 1',
  'delete from locks',
  'with moved as (delete from t returning *) insert into u select * from moved',
])('leaves nothing behind: %s', (sql) => expect(stains(sql)).toBe(false))

it('names a text at its second use, shows it cut and on one line, and forgets the oldest', () => {
  const statements = new Statements('default')
  expect(statements.of('select 1').text.name).toBeUndefined()
  expect(statements.of('select 1').text.name).toBe('fw_1')
  const { shown, label } = statements.of(`select\n  '${'x'.repeat(500)}'`).text
  expect(shown).toHaveLength(200)
  expect(shown).toMatch(/^select 'x+…$/)
  expect(label).toBe(`db default: ${shown}`)
  for (let n = 0; n < 1_000; n++) statements.of(`select ${n} from t`)
  expect(statements.of('select 1').text.name).toBeUndefined()
})
