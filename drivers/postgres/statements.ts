import { called } from './library.ts'

const jobs = ['json', 'text', 'int[]', 'int[]', 'text', 'text', 'text', 'float8[]', 'float8[]', 'json'] as const

/** What each function of ours takes. Everything is sent as text, so that any client sends it alike. */
const signatures = {
  open: ['text', 'bigint'],
  is_alive: ['bigint'],
  enqueue: ['bigint', 'int', 'bigint', ...jobs],
  enqueue_within: jobs,
  reserve: ['bigint', 'int', 'bigint', 'json', 'int'],
  settle: ['bigint', 'int', 'bigint', 'bigint[]', 'bigint[]', 'bigint[]', 'text', 'text[]', 'json'],
  settle_within: ['bigint[]', 'bigint[]', 'bigint[]', 'text', 'text[]', 'json'],
  idle: ['bigint', 'text[]', 'bigint'],
  beat: ['bigint', 'boolean', 'text', 'json', 'text'],
  renew: ['text', 'text'],
  accuse: ['text', 'text'],
  sweep: ['int'],
  tidy: ['bigint'],
  reconcile: ['bigint', 'json'],
  close: ['bigint', 'int'],
  depth: ['text[]'],
  limits_set: ['text', 'text', 'text', 'jsonb', 'bigint'],
  limits_read: ['text'],
  freeze: ['text', 'text', 'bigint'],
  find: ['text[]'],
  list: ['jsonb', 'bigint', 'int', 'int'],
  peek: ['text', 'int'],
  retry: ['text[]'],
  cancel: ['text[]'],
  remove: ['text[]'],
  set_paused: ['text[]', 'boolean'],
  purge: ['text', 'text[]', 'int'],
  trim: ['text', 'text[]', 'bigint', 'bigint', 'int'],
  groups: ['text', 'int'],
  queues: [],
  sessions: [],
  audit: ['text', 'bigint'],
  ledger_read: ['text[]'],
  ledger_list: ['text', 'int', 'text'],
  ledger_write: ['json'],
} as const satisfies Record<string, readonly string[]>

export type FunctionName = keyof typeof signatures

export type Argument = string | number | boolean | null | undefined

/** `select "fiber_work"."beat_3fa9c1d2"($1::text::bigint, …)::text as answer` */
export function statementOf(schema: string, name: FunctionName): string {
  const types: readonly string[] = signatures[name]
  const parameters = types.map((type, i) => `$${i + 1}::text${type === 'text' ? '' : `::${type}`}`)
  return `select ${called(schema, name)}(${parameters.join(', ')})::text as answer`
}

export const valuesOf = (args: readonly Argument[]): (string | null)[] =>
  args.map((arg) => (arg === undefined || arg === null ? null : String(arg)))
