import { plain } from '../../src/base/text.ts'
import { lru } from './lru.ts'

/** What is known of a text of SQL, whatever its parameters. */
export interface Text {
  readonly sql: string
  /** For lists and events: one line, cut, without parameters. */
  readonly shown: string
  /** The same as a job's books have it, with the connection's name. */
  readonly label: string
  /** It may leave something behind in the session: a variable, a lock, a temporary table, an open transaction. */
  readonly stains: boolean
  /** How often it was run. */
  uses: number
  /** Its name as a prepared statement; given at its second use, so that texts with values in them do not fill the server. */
  name: string | undefined
  /** The server does not prepare this one. */
  unprepared: boolean
}

/** One statement to run. */
export interface Statement {
  readonly text: Text
  readonly params: readonly unknown[]
  /** May be a prepared one. */
  readonly prepare: boolean
}

const textsMax = 1_000
const shownMax = 200

// At the start of a statement, also of one behind a semicolon. `set` inside an UPDATE stands elsewhere.
const stainsAtStart =
  /(?:^|;)(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:set|use|(?:un)?lock|listen|unlisten|load|declare|prepare|execute|deallocate|discard|reset|begin|start|handler|call|do|pragma|attach|detach|savepoint|xa)\b/i
const stainsAnywhere =
  /\b(?:create(?:\s+or\s+replace)?|into|local|global)\s+temp(?:orary)?\b|\bget_lock\s*\(|advisory_lock|\bset_config\s*\(|@\w+\s*:=|\binto\s+@/i

/** Texts of SQL that were run lately, and what is known of them. */
export class Statements {
  readonly #texts = lru<Text>(textsMax)
  readonly #connection: string
  #named = 0

  /** Of the connection with that name. */
  constructor(connection: string) {
    this.#connection = connection
  }

  of(sql: string, params: readonly unknown[] = [], prepare = true): Statement {
    let text = this.#texts.get(sql)
    if (text === undefined) this.#texts.set(sql, (text = textOf(sql, this.#connection)))
    if (++text.uses === 2) text.name = `fw_${++this.#named}`
    return { text, params, prepare }
  }
}

/** A statement of our own. */
export function control(sql: string): Statement {
  return { text: { ...textOf(sql, ''), stains: false }, params: [], prepare: false }
}

function textOf(sql: string, connection: string): Text {
  const head = plain(sql.slice(0, 2 * shownMax))
    .replace(/\s+/g, ' ')
    .trim()
  const shown = head.length > shownMax ? `${head.slice(0, shownMax - 1)}…` : head
  const stains = stainsAtStart.test(sql) || stainsAnywhere.test(sql)
  return { sql, shown, label: `db ${connection}: ${shown}`, stains, uses: 0, name: undefined, unprepared: false }
}
