import { type Env, sleep } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Ledger, LedgerRecord } from '../contract/ledger.ts'
import type { ScheduleRecord } from '../contract/schedule.ts'
import type { Keyring } from '../job/keyring.ts'
import { type Entry, entryOf, idOf, keyOf, readEntry, recordOf, saidBy, schedulePrefix } from './entry.ts'
import { checkScheduleId, type Schedule } from './schedule.ts'
import { nextAfter } from './times.ts'

const pageMax = 500
/** How often a change is tried that somebody else is making too: fifty processes that boot at once come to an end. */
const triesMax = 100
const textBytesMax = 64 * 1_024

/** The schedules of a store: small records in its ledger, each changed by comparing and setting. */
export class ScheduleBook {
  readonly #env: Env
  readonly #ledger: Ledger
  readonly #keys: Keyring | undefined

  /** `keys` for the inputs of the schedules that are set here; runs need none. */
  constructor(env: Env, ledger: Ledger, keys?: Keyring) {
    this.#env = env
    this.#ledger = ledger
    this.#keys = keys
  }

  /**
   * Make it so. `code`: the code says it at every start: what an operator has changed since it last said something new stays.
   * Throws what an enqueue of its job throws, and `FW_SCHEDULE_INVALID` when it is too large.
   */
  async set(schedule: Schedule, by: 'code' | 'operator'): Promise<'added' | 'changed' | 'unchanged'> {
    const fresh = await entryOf(schedule, this.#env, this.#keys)
    const said = saidBy(fresh)
    let outcome: 'added' | 'changed' | 'unchanged' = 'unchanged'
    await this.#change(schedule.id, (known) => {
      const same = known !== undefined && (by === 'code' ? known.declared === said : saidBy(known) === said)
      outcome = same ? 'unchanged' : known === undefined ? 'added' : 'changed'
      if (same) return undefined
      const { paused, lastAtMs, lastId, declared } = known ?? fresh
      return {
        ...fresh,
        paused,
        ...(lastAtMs !== undefined && { lastAtMs }),
        ...(lastId !== undefined && { lastId }),
        ...(by === 'code' ? { declared: said } : declared !== undefined && { declared }),
      }
    })
    return outcome
  }

  /** All of them, by id. */
  async list(): Promise<ScheduleRecord[]> {
    const records: ScheduleRecord[] = []
    for await (const { id, entry } of this.entries()) if (entry !== undefined) records.push(recordOf(id, entry))
    return records
  }

  async get(id: string): Promise<ScheduleRecord | undefined> {
    const found = await this.#read(id)
    return found && recordOf(id, found.entry)
  }

  /** With the version of each; one that cannot be read comes without its entry. */
  async *entries(): AsyncGenerator<{ id: string; entry: Entry | undefined; version: number; error?: unknown }> {
    for (let after: string | undefined; ;) {
      const page = await this.#ledger.list(schedulePrefix, pageMax, after)
      for (const record of page) yield opened(record)
      if (page.length < pageMax) return
      after = page.at(-1)!.key
    }
  }

  /** Throws `FW_SCHEDULE_UNKNOWN`. */
  async pause(id: string): Promise<void> {
    await this.#changeKnown(id, (entry) => (entry.paused ? undefined : { ...entry, paused: true }))
  }

  /** What it would have done meanwhile is no run that was missed. Throws `FW_SCHEDULE_UNKNOWN`. */
  async resume(id: string): Promise<void> {
    await this.#changeKnown(id, (entry) => {
      if (!entry.paused) return undefined
      const { nextAtMs: _, ...rest } = entry
      const nextAtMs = nextAfter(entry.times, this.#env.nowMs())
      return { ...rest, paused: false, ...(nextAtMs !== undefined && { nextAtMs }) }
    })
  }

  /** Answers whether there was one. */
  async remove(id: string): Promise<boolean> {
    for (let tries = 0; tries < triesMax; tries++) {
      const found = await this.#read(id)
      if (found === undefined) return false
      if ((await this.#ledger.write([{ key: keyOf(id), version: found.version }])) !== undefined) return true
      await this.#giveWay()
    }
    throw contended(id)
  }

  /** Throws `FW_SCHEDULE_UNKNOWN`. */
  async entry(id: string): Promise<Entry> {
    const found = await this.#read(id)
    if (found === undefined) throw unknown(id)
    return found.entry
  }

  /** One try, of whoever has seen this version; false when somebody else was quicker. */
  async advance(id: string, entry: Entry, version: number): Promise<boolean> {
    return (await this.#ledger.write([{ key: keyOf(id), value: JSON.stringify(entry), version }])) !== undefined
  }

  async #changeKnown(id: string, change: (entry: Entry) => Entry | undefined): Promise<void> {
    await this.#change(id, (known) => {
      if (known === undefined) throw unknown(id)
      return change(known)
    })
  }

  /** `change` answers what it is to be, or undefined to leave it. */
  async #change(id: string, change: (known: Entry | undefined) => Entry | undefined): Promise<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      const found = await this.#read(id)
      const entry = change(found?.entry)
      if (entry === undefined) return
      const value = JSON.stringify(entry)
      if (Buffer.byteLength(value) > textBytesMax) throw tooLarge(id, Buffer.byteLength(value))
      if ((await this.#ledger.write([{ key: keyOf(id), value, version: found?.version ?? 0 }])) !== undefined) return
      await this.#giveWay()
    }
    throw contended(id)
  }

  async #read(id: string): Promise<{ entry: Entry; version: number } | undefined> {
    checkScheduleId(id)
    const [record] = await this.#ledger.read([keyOf(id)])
    return record && { entry: readEntry(id, record.value), version: record.version }
  }

  #giveWay(): Promise<void> {
    return sleep(this.#env, 1 + this.#env.random() * 20)
  }
}

function opened({ key, value, version }: LedgerRecord) {
  const id = idOf(key)
  try {
    return { id, entry: readEntry(id, value), version }
  } catch (error) {
    return { id, entry: undefined, version, error }
  }
}

const unknown = (id: string): FiberWorkError =>
  new FiberWorkError('FW_SCHEDULE_UNKNOWN', `There is no schedule "${id}".`)

const contended = (id: string): FiberWorkError =>
  new FiberWorkError('FW_STORE_FAILED', `The schedule "${id}" is being changed by too many at once.`, {
    retryable: true,
  })

const tooLarge = (id: string, bytes: number): FiberWorkError =>
  new FiberWorkError(
    'FW_SCHEDULE_INVALID',
    `The schedule "${id}" takes ${bytes} bytes with its input; the limit is ${textBytesMax}. Store the input elsewhere and give a reference.`,
  )
