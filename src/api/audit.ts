import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { redact } from '../base/redact.ts'
import type { AuditEntry } from '../contract/audit.ts'
import type { Ledger } from '../contract/ledger.ts'
import type { Caller } from './auth/caller.ts'

const prefix = 'audit:'
const keptMs = 90 * 86_400_000
const detailsBytesMax = 8_192
/** The keys count down, so that the newest stands first in the ledger's order. */
const farFutureMs = 9_999_999_999_999

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

  /** Newest first. `after` is the id of the last entry of the page before. */
  async list(limit: number, after?: string): Promise<AuditEntry[]> {
    const records = (await this.#ledger()?.list(prefix, limit, after === undefined ? undefined : prefix + after)) ?? []
    return records.flatMap(({ key, value }) => {
      try {
        return [{ id: key.slice(prefix.length), ...(JSON.parse(value) as Omit<AuditEntry, 'id'>) }]
      } catch {
        return []
      }
    })
  }
}

function bounded(details: Record<string, unknown>): Record<string, unknown> {
  return JSON.stringify(details).length <= detailsBytesMax
    ? details
    : { cut: JSON.stringify(details).slice(0, detailsBytesMax) }
}
