import type { Env } from '../../base/env.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Ledger, LedgerRecord } from '../../contract/ledger.ts'
import { hashOf, makeToken, recordOf, type TokenRecord } from './tokens.ts'

const prefix = 'token:'
const pageMax = 500
/** A token that was revoked elsewhere is refused after this at the latest. */
const freshMs = 5_000
/** A token that nobody knows makes us look again, but not at anybody's wish. */
const lookAgainMs = 100

export interface TokenBookParts {
  env: Env
  /** Those of the configuration. */
  configured: readonly TokenRecord[]
  /** Where those are kept that were made at run time; undefined where the store keeps no records. */
  ledger: () => Ledger | undefined
}

/** The tokens that open this API: those of the configuration, and those that were made at run time, which all API processes of a store share. */
export class TokenBook {
  readonly #parts: TokenBookParts
  #kept: TokenRecord[] = []
  #readMonoMs = -Infinity
  #reading: Promise<void> | undefined

  constructor(parts: TokenBookParts) {
    this.#parts = parts
  }

  /** Is there any token at all? Then nobody comes in without one. Answers at once but for one look in a while: it is asked with each request. */
  any(): boolean | Promise<boolean> {
    const some = () => this.#parts.configured.length + this.#kept.length > 0
    return this.#fresh(freshMs)?.then(some) ?? some()
  }

  /** The record of a token; undefined when it is unknown or has expired. */
  async find(token: string): Promise<TokenRecord | undefined> {
    await this.#fresh(freshMs)
    let found = recordOf(token, this.#all())
    if (found === undefined) {
      await this.#fresh(lookAgainMs)
      found = recordOf(token, this.#all())
    }
    return this.#holding(found)
  }

  /** The record of a token that was found before, by its hash; undefined once it is revoked or has expired. */
  async known(sha256: string): Promise<TokenRecord | undefined> {
    await this.#fresh(freshMs)
    return this.#holding(this.#all().find((record) => record.sha256 === sha256))
  }

  async list(): Promise<(TokenRecord & { kept: 'configuration' | 'store' })[]> {
    await this.#fresh(0)
    return [
      ...this.#parts.configured.map((record) => ({ ...record, kept: 'configuration' as const })),
      ...this.#kept.map((record) => ({ ...record, kept: 'store' as const })),
    ]
  }

  /** Makes one; the answer is the only time that it is seen. Throws `FW_API_INVALID` for a name that is taken, `FW_DRIVER_TRAIT`. */
  async add(record: Omit<TokenRecord, 'sha256' | 'createdAtMs'>): Promise<string> {
    const ledger = this.#ledger()
    const token = makeToken()
    const value = JSON.stringify({ ...record, sha256: hashOf(token), createdAtMs: this.#parts.env.nowMs() })
    const isTaken = this.#parts.configured.some(({ name }) => name === record.name)
    if (isTaken || (await ledger.write([{ key: prefix + record.name, value, version: 0 }])) === undefined) {
      throw new FiberWorkError(
        'FW_API_INVALID',
        `There is a token "${record.name}" already: revoke it, or take another name.`,
      )
    }
    this.#readMonoMs = -Infinity
    return token
  }

  /** Answers whether there was one. */
  async revoke(name: string): Promise<boolean> {
    const ledger = this.#ledger()
    const [known] = await ledger.read([prefix + name])
    if (known === undefined) return false
    await ledger.write([{ key: prefix + name }])
    this.#readMonoMs = -Infinity
    return true
  }

  #holding(record: TokenRecord | undefined): TokenRecord | undefined {
    const { expiresAtMs = Infinity } = record ?? {}
    return expiresAtMs > this.#parts.env.nowMs() ? record : undefined
  }

  #ledger(): Ledger {
    const ledger = this.#parts.ledger()
    if (ledger !== undefined) return ledger
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      'This store keeps no records (facet `ledger`), and so no tokens: name them in the configuration (`tokens`, FIBER_WORK_HTTP_TOKEN).',
    )
  }

  #all(): TokenRecord[] {
    return [...this.#parts.configured, ...this.#kept]
  }

  /** Reads the store if what we know is older than this; many who ask at once share one look. Undefined: it need not be looked at. */
  #fresh(ageMsMax: number): Promise<void> | undefined {
    const ledger = this.#parts.ledger()
    if (ledger === undefined || this.#parts.env.monoMs() - this.#readMonoMs <= ageMsMax) return undefined
    return (this.#reading ??= this.#read(ledger).finally(() => (this.#reading = undefined)))
  }

  async #read(ledger: Ledger): Promise<void> {
    const kept: TokenRecord[] = []
    for (let after: string | undefined; ;) {
      const page = await ledger.list(prefix, pageMax, after)
      kept.push(...page.flatMap(readToken))
      if (page.length < pageMax) break
      after = page.at(-1)!.key
    }
    this.#kept = kept
    this.#readMonoMs = this.#parts.env.monoMs()
  }
}

/** What cannot be read opens nothing. */
function readToken({ value }: LedgerRecord): TokenRecord[] {
  try {
    return [JSON.parse(value) as TokenRecord]
  } catch {
    return []
  }
}
