import { failureLine, failuresCharsMax, failuresMax } from '../../src/base/failures.ts'
import type { Failure } from '../../src/contract/index.ts'
import { isAmong } from './ranges.ts'
import { orNull, type Sql } from './sql.ts'

/** Rows of one statement, at most: a statement of a few hundred KB is parsed fastest. */
const rowsMax = 1_000
const statementCharsMax = 400_000

/** One row of `fate` as it will be. `text` undefined leaves the last one. */
export interface FateRow {
  q: number
  n: number
  line: number
  prio: number
  state: number
  s?: number
  loan?: number
  attempts: number
  crashes: number
  pos?: number | undefined
  dueAtMs?: number | undefined
  startedAtMs?: number | undefined
  settledAtMs?: number | undefined
  batch?: number | undefined
  cancelling?: boolean
  text?: string | undefined
}

/**
 * What a transaction is going to write, by table: changes of one row fall together, and all rows of a table go in one statement.
 * Rows are told apart by what they are called here; a row that comes and goes again is never written.
 */
export class Pending {
  readonly jobs = new Map<string, string>()
  readonly #fates = new Map<string, FateRow>()
  readonly #ready = new Map<string, string>()
  readonly #delayed = new Map<string, string>()
  readonly #failed = new Map<string, string>()
  readonly #failures = new Map<string, { q: number; n: number; line: string }>()
  readonly #keys = new Map<string, string>()
  readonly #oldKeys = new Set<string>()
  readonly #gone = new Map<keyof Sql['t'], Set<string>>()
  readonly #forgotten = { job: new Map<number, Set<number>>(), fate: new Map<number, Set<number>>() }
  readonly #arrived = new Map<number, Set<number>>()
  readonly #freeKeys = new Map<number, Set<number>>()
  /** Whole statements, for what is a range or a single row: before and behind the rows. */
  readonly first: string[] = []
  readonly last: string[] = []

  addJob(q: number, n: number, row: string): void {
    this.jobs.set(`${q}.${n}`, row)
  }

  forgetJob(q: number, n: number): void {
    this.forgetFate(q, n)
    this.jobs.delete(`${q}.${n}`)
    note(this.#forgotten.job, q, n)
  }

  isForgotten(q: number, n: number): boolean {
    return this.#forgotten.job.get(q)?.has(n) === true
  }

  setFate(row: FateRow): void {
    this.#fates.set(`${row.q}.${row.n}`, row)
  }

  forgetFate(q: number, n: number): void {
    this.#fates.delete(`${q}.${n}`)
    note(this.#forgotten.fate, q, n)
  }

  addReady(at: string, row: string): void {
    this.#ready.set(at, row)
  }

  dropReady(at: string): void {
    this.#drop('ready', this.#ready, at)
  }

  addDelayed(at: string, row: string): void {
    this.#delayed.set(at, row)
  }

  dropDelayed(at: string): void {
    this.#drop('delayed', this.#delayed, at)
  }

  addFailed(at: string): void {
    this.#failed.set(at, at)
  }

  /** An attempt that failed or was lost, beside its job: whoever forgets the job, an older release too, forgets it. */
  addFailure(q: number, n: number, failure: Failure): void {
    this.#failures.set(`${q}.${n}`, { q, n, line: failureLine(failure) })
  }

  dropFailed(at: string): void {
    this.#drop('failed', this.#failed, at)
  }

  /** Whoever held it before: a new row takes its place, and fails where somebody else was faster. */
  dropKey(where: string): void {
    this.#oldKeys.add(where)
  }

  setKey(at: string, row: string): void {
    this.#keys.set(at, row)
  }

  /** The keys that a job holds until it is settled. */
  freeKeys(q: number, n: number): void {
    note(this.#freeKeys, q, n)
  }

  dropArrival(q: number, n: number): void {
    note(this.#arrived, q, n)
  }

  #drop(table: 'ready' | 'delayed' | 'failed', added: Map<string, string>, at: string): void {
    if (added.delete(at)) return
    const gone = this.#gone.get(table) ?? new Set()
    this.#gone.set(table, gone.add(at))
  }

  /** The statements, in an order in which they can be run. Whoever asks must run them. */
  statements(sql: Sql): string[] {
    const { t } = sql
    const made = [
      ...this.first,
      ...deletes(t.arrival, this.#arrived),
      ...this.#goneFrom(t.ready, 'ready', ['q', 'line', 'prio', 'pos']),
      ...this.#goneFrom(t.delayed, 'delayed', ['q', 'due', 'n']),
      ...this.#goneFrom(t.failed, 'failed', ['q', 'state', 'settled', 'n']),
      ...deletes(t.fate, this.#forgotten.fate),
      ...deletes(t.job, this.#forgotten.job),
      ...deletes(t.ukey, this.#freeKeys, ' and until_at is null'),
      ...inserts(`insert into ${t.job} (q, n, id, line, prio, name, at, due, extra, body)`, this.jobs.values()),
      ...chunks(this.#oldKeys).map((keys) => `delete from ${t.ukey} where (${keys.join(') or (')})`),
      ...inserts(`insert into ${t.ukey} (q, ukey, n, id, until_at)`, this.#keys.values()),
      ...inserts(`insert into ${t.fate} (${fateColumns})`, this.#fateRows(sql), fateUpdate),
      ...inserts(`insert into ${t.ready} (q, line, prio, pos, n, since, attempts, crashes)`, this.#ready.values()),
      ...inserts(`insert into ${t.delayed} (q, due, n, line, prio, attempts, crashes)`, this.#delayed.values()),
      ...inserts(`insert ignore into ${t.failed} (q, state, settled, n)`, parenthesized(this.#failed.values())),
      ...this.#failuresOf(sql),
      ...this.last,
    ]
    this.#clear()
    return made
  }

  *#fateRows({ text }: Sql): Iterable<string> {
    for (const row of this.#fates.values()) {
      const { q, n, line, prio, state, s = 0, loan = 0, attempts, crashes, pos, dueAtMs, startedAtMs } = row
      const numbers = [q, n, line, prio, state, s, loan, attempts, crashes, orNull(pos), orNull(dueAtMs)]
      const later = [orNull(startedAtMs), orNull(row.settledAtMs), orNull(row.batch), row.cancelling === true ? 1 : 0]
      yield `(${numbers.join(',')},${later.join(',')},${row.text === undefined ? 'null' : text(row.text)})`
    }
  }

  /** The newest ten; of long ones the newest alone. By key, whatever the server thinks of the size of a table. */
  #failuresOf({ t, text }: Sql): string[] {
    const rows = Array.from(
      this.#failures.values(),
      ({ q, n, line }) => `select ${q} as q, ${n} as n, ${text(line)} as line`,
    )
    const all = `substring_index(concat_ws('\n', j.failures, f.line), '\n', -${failuresMax})`
    return chunks(rows).map(
      (some) => `update (${some.join(' union all ')}) as f straight_join ${t.job} as j on j.q = f.q and j.n = f.n
        set j.failures = if(char_length(${all}) > ${failuresCharsMax}, f.line, ${all})`,
    )
  }

  /** By each key apart, since not every server looks up a list of rows by their index. */
  #goneFrom(table: string, name: 'ready' | 'delayed' | 'failed', columns: readonly string[]): string[] {
    return chunks(this.#gone.get(name) ?? []).map((keys) => {
      const each = keys.map((key) =>
        key
          .split(',')
          .map((value, i) => `${columns[i]}=${value}`)
          .join(' and '),
      )
      return `delete from ${table} where (${each.join(') or (')})`
    })
  }

  #clear(): void {
    this.first.length = this.last.length = 0
    const maps = [
      this.jobs,
      this.#fates,
      this.#ready,
      this.#delayed,
      this.#failed,
      this.#failures,
      this.#keys,
      this.#gone,
    ]
    for (const map of [
      ...maps,
      this.#oldKeys,
      this.#forgotten.job,
      this.#forgotten.fate,
      this.#arrived,
      this.#freeKeys,
    ])
      map.clear()
  }
}

const fateColumns =
  'q, n, line, prio, state, s, loan, attempts, crashes, pos, due, started, settled, batch, cancelling, text'

/** Of a done job `error` keeps what was in `text`: assigned before it. */
const fateUpdate = `on duplicate key update error = if(values(state) = 2, text, error),
  text = if(values(state) = 2, values(text), coalesce(values(text), text)), state = values(state), s = values(s), loan = values(loan),
  attempts = values(attempts), crashes = values(crashes), pos = values(pos), due = values(due),
  started = coalesce(values(started), started), settled = values(settled), batch = values(batch), cancelling = values(cancelling)`

function note(numbers: Map<number, Set<number>>, q: number, n: number): void {
  const known = numbers.get(q)
  if (known === undefined) numbers.set(q, new Set([n]))
  else known.add(n)
}

function deletes(table: string, numbers: ReadonlyMap<number, ReadonlySet<number>>, also = ''): string[] {
  return [...numbers].map(([q, ns]) => `delete from ${table} where q = ${q} and ${isAmong('n', [...ns])}${also}`)
}

const inserts = (into: string, rows: Iterable<string>, behind = ''): string[] =>
  chunks(rows).map((chunk) => `${into} values ${chunk.join(',')} ${behind}`)

const parenthesized = (keys: Iterable<string>): string[] => Array.from(keys, (key) => `(${key})`)

function chunks(rows: Iterable<string>): string[][] {
  const made: string[][] = []
  let chars = statementCharsMax
  for (const row of rows) {
    const last = made.at(-1)
    if (last === undefined || last.length >= rowsMax || chars + row.length > statementCharsMax) {
      made.push([row])
      chars = row.length
    } else {
      last.push(row)
      chars += row.length
    }
  }
  return made
}
