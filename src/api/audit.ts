import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { redact } from '../base/redact.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { Ledger } from '../contract/ledger.ts'
import { type AuditFilter, isMeant } from './audit-filter.ts'
import type { Caller } from './auth/caller.ts'

const prefix = 'audit:'
const keptMs = 90 * 86_400_000
const detailsBytesMax = 8_192
/** The keys count down, so that the newest stands first in the ledger's order. */
const farFutureMs = 9_999_999_999_999
/** Entries read for one page, about. */
const readMax = 10_000
/** Entries asked for at once, where a filter leaves out some. */
const stepMax = 500

/** A page of the log. */
export interface AuditPage {
  entries: AuditEntry[]
  /** Absent when there is nothing older. */
  cursor?: string
  /** How many entries were looked at. */
  read: number
  /** How far the search has come. */
  readToMs?: number
}

/** Who did what from outside, for 90 days, in the ledger of the store; and as an event, for the log, wherever there is none. */
export class AuditLog {
  readonly #env: Env
  readonly #ledger: () => Ledger | undefined

  constructor(env: Env, ledger: () => Ledger | undefined) {
    this.#env = env
    this.#ledger = ledger
  }

  /** Resolves when it is written down. An entry that cannot be written is told as an event, and does not undo what was done. */
  async add(caller: Caller, operation: string, details: Record<string, unknown>, failed?: string): Promise<void> {
    const atMs = this.#env.nowMs()
    const entry: AuditEntry = {
      id: `${String(farFutureMs - atMs).padStart(13, '0')}-${this.#env.id().slice(-12)}`,
      atMs,
      actor: caller.name,
      role: caller.role,
      ...(caller.address !== undefined && { from: caller.address }),
      operation,
      details: bounded(redact(details) as Record<string, unknown>),
      ...(failed !== undefined && { failed }),
    }
    emit('operator.acted', () => entry)
    const { id, ...rest } = entry
    try {
      await this.#ledger()?.write([{ key: prefix + id, value: JSON.stringify(rest), version: 0, forMs: keptMs }])
    } catch (error) {
      emit('store.failed', () => ({ verb: 'audit', error, tries: 1, givenUp: true }))
    }
  }

  /**
   * Newest first, at most `limit`. `cursor` goes on where an earlier page ended; one comes back while there may be more. What a filter leaves out
   * is read all the same: a page reads some 10,000 entries, and then answers what it has found, fewer than `limit` perhaps.
   */
  async list(filter: AuditFilter, limit: number, cursor?: string): Promise<AuditPage> {
    const { fromMs = -Infinity, toMs, ...rest } = filter
    const page: AuditPage = { entries: [], read: 0 }
    const ledger = this.#ledger()
    if (ledger === undefined || (toMs !== undefined && toMs <= 0)) return page
    let after = cursor ?? (toMs === undefined ? undefined : before(toMs))
    while (page.entries.length < limit && page.read < readMax) {
      const asked = Object.keys(rest).length === 0 ? limit - page.entries.length : stepMax
      const records = await ledger.list(prefix, asked, after === undefined ? undefined : prefix + after)
      for (const { key, value } of records) {
        const entry = entryOf(key, value)
        after = key.slice(prefix.length)
        page.read += 1
        if (entry === undefined) continue
        if (entry.atMs < fromMs) return page
        page.readToMs = entry.atMs
        if (isMeant(entry, rest)) page.entries.push(entry)
        if (page.entries.length === limit) break
      }
      const isLast = records.length < asked && after === records.at(-1)?.key.slice(prefix.length)
      if (records.length === 0 || isLast) return page
    }
    return { ...page, cursor: after! }
  }
}

/** The place right before the newest entry that is older than this. */
function before(toMs: number): string | undefined {
  const place = farFutureMs - Math.ceil(toMs) + 1
  return place <= 0 ? undefined : String(place).padStart(13, '0')
}

/** Undefined for what cannot be read. */
function entryOf(key: string, value: string): AuditEntry | undefined {
  try {
    return { id: key.slice(prefix.length), ...(JSON.parse(value) as Omit<AuditEntry, 'id'>) }
  } catch {
    return undefined
  }
}

function bounded(details: Record<string, unknown>): Record<string, unknown> {
  return JSON.stringify(details).length <= detailsBytesMax
    ? details
    : { cut: JSON.stringify(details).slice(0, detailsBytesMax) }
}
