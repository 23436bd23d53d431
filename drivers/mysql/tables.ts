const names = [
  'meta',
  'queue',
  'line',
  'job',
  'fate',
  'ready',
  'delayed',
  'arrival',
  'failed',
  'ukey',
  'session',
  'loan',
  'wish',
  'call',
  'kept',
  'ledger',
] as const

/** What our tables are called. */
export type Tables = Readonly<Record<(typeof names)[number], string>>

/** The prefix has been checked: letters, digits and underscores. */
export const tablesOf = (prefix: string): Tables =>
  Object.fromEntries(names.map((name) => [name, `\`${prefix}${name}\``])) as Tables

export const tableNames = (prefix: string): string[] => names.map((name) => prefix + name)
