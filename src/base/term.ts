import { createHash } from 'node:crypto'
import type { Ledger } from '../contract/ledger.ts'
import { type Env, within } from './env.ts'

const endMsMax = 2_000

/**
 * An office that one of all processes at a ledger holds, for as long as it goes on saying so. Whoever dies or is cut off loses it when
 * the term is over, by the store's clock. Two may believe to hold it for a moment: what is done in it must be harmless when done twice.
 */
export class Term {
  readonly #ledger: Ledger
  readonly #key: string
  readonly #holder: string
  readonly #forMs: number
  #version: number | undefined

  /** `holder`: who this is; no two are the same. */
  constructor(ledger: Ledger, { key, holder, forMs }: { key: string; holder: string; forMs: number }) {
    this.#ledger = ledger
    this.#key = key
    this.#holder = holder
    this.#forMs = forMs
  }

  /** Take the office if it is free, or go on in it for another term; answers whether it is ours. */
  async hold(): Promise<boolean> {
    if (this.#version !== undefined && (await this.#write(this.#version))) return true
    const [record] = await this.#ledger.read([this.#key])
    // One of ours was written, and its answer did not come.
    if (record !== undefined && record.value !== this.#holder) return false
    return this.#write(record?.version ?? 0)
  }

  /** Give it up, if it is ours, so that the next one need not wait. One that cannot be given up is over soon by itself. */
  async end(env: Env): Promise<void> {
    const version = this.#version
    this.#version = undefined
    if (version === undefined) return
    const given = this.#ledger.write([{ key: this.#key, version }]).catch(() => {})
    await within(env, endMsMax, given)
  }

  async #write(version: number): Promise<boolean> {
    const forMs = this.#forMs
    const versions = await this.#ledger.write([{ key: this.#key, value: this.#holder, version, forMs }])
    this.#version = versions?.[0]
    return versions !== undefined
  }
}

/** The key of an office for those who were told the same: others have their own. */
export function officeKey(office: string, told: unknown): string {
  return `${office}:${createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 16)}`
}
