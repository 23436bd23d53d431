import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { lostAttempt } from '../../src/contract/index.ts'

// The hot verbs are functions in the database: one round trip each, atomic with the record of their call. Each text of them has
// names of its own (`reserve_3fa9c1d2`), so that two releases work beside each other, each with its own.

const folder = new URL('sql/functions/', import.meta.url)

const text = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))
  .join('\n')
  .replaceAll('{lost}', lostAttempt)

/** Behind the name of each function. */
export const suffix = createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * Plans are made once a connection and must be right for an empty queue and for a million jobs: by index, in the order of the
 * index, one row after another.
 */
const fast = [
  'enable_seqscan = off',
  'enable_bitmapscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
  'jit = off',
]
  .map((setting) => `set ${setting}`)
  .join(' ')

/** `fw.` is the schema, `fn.` one of our functions in it. The schema's name has been checked. */
export function inSchema(sql: string, schema: string): string {
  return sql
    .replaceAll('{fast}', fast)
    .replaceAll('{schema}', schema)
    .replace(/\bfn\.(\w+)/g, (_, name: string) => called(schema, name))
    .replace(/\bfw\./g, `"${schema}".`)
}

/** What a function of ours is called in the database. */
export const called = (schema: string, name: string): string => `"${schema}"."${name}_${suffix}"`

export const functionsOf = (schema: string): string => inSchema(text, schema)

export const sqlFile = (name: string): string => readFileSync(new URL(`sql/${name}`, import.meta.url), 'utf8')
