import { type Env, type Timer, within } from '../base/env.ts'
import type { Ledger, LedgerRecord } from '../contract/ledger.ts'
import { Shelf, type Upstreams } from '../limiter/upstreams.ts'
import { outside } from '../sandbox/storage.ts'

/** How often the ledger is read while this process makes calls: what one worker learns all know within about this time. */
const lookMs = 1_000
/** Without calls for so long nobody looks, and idle costs nothing. */
const quietMs = 10_000
/** A call waits for the first look after that for no longer than this. */
const patienceMs = 500
/** Records that are over are removed by whoever sees them so long afterwards. */
const keptMs = 60_000
const pageMax = 1_000
const pagesMax = 10
const triesMax = 5

const prefix = 'upstream:'
/** Apart from the prefix of the records. */
const secretKey = 'upstream-secret'

/**
 * Shares what this process learns of the services it calls with all others at the same ledger. What fails is tried again at the next
 * look: until then each process knows what it has seen itself. Answers how to end it.
 */
export async function shareUpstreams(env: Env, ledger: Ledger, upstreams: Upstreams): Promise<() => void> {
  const sharing = new Sharing(env, ledger, upstreams)
  await sharing.start()
  return () => sharing.end()
}

class Sharing {
  readonly #env: Env
  readonly #ledger: Ledger
  readonly #upstreams: Upstreams
  readonly #told = () => this.#called()
  readonly #unwritten = new Map<string, number>()
  #shelf: Shelf | undefined
  #remove: () => void = () => {}
  #timer: Timer | undefined
  #looking = false
  #soon = false
  #quiet = false
  #calledMonoMs = -Infinity
  /** The first look after a quiet time. */
  #first: Promise<void> | undefined
  #ended = false

  constructor(env: Env, ledger: Ledger, upstreams: Upstreams) {
    this.#env = env
    this.#ledger = ledger
    this.#upstreams = upstreams
  }

  /** What others have learnt is known before the first call is made. */
  async start(): Promise<void> {
    await within(this.#env, patienceMs, this.#look())
    this.#upstreams.onCall.add(this.#told)
  }

  end(): void {
    this.#ended = true
    this.#upstreams.onCall.delete(this.#told)
    this.#env.clearTimer(this.#timer)
    this.#remove()
  }

  /** Somebody makes a call. The first ones after a quiet time wait for the look that they cause. */
  #called(): Promise<void> | undefined {
    this.#calledMonoMs = this.#env.monoMs()
    if (this.#quiet) {
      this.#first = outside(async () => {
        await within(this.#env, patienceMs, this.#look())
        this.#first = undefined
      })
    }
    return this.#first
  }

  async #look(): Promise<void> {
    this.#looking = true
    this.#quiet = false
    this.#env.clearTimer(this.#timer)
    this.#timer = undefined
    let delayMs = lookMs
    try {
      const shelf = (this.#shelf ??= await this.#open())
      await this.#write()
      await this.#read(shelf)
      if (this.#unwritten.size > 0) delayMs = 0
    } catch {
      // The worker's own calls tell of a store that fails.
    }
    this.#looking = false
    this.#quiet = this.#env.monoMs() - this.#calledMonoMs > quietMs && this.#unwritten.size === 0
    if (!this.#ended && !this.#quiet) this.#timer = this.#env.setTimer(() => void this.#look(), delayMs, 'idle')
  }

  #lookNow(): void {
    this.#soon = false
    if (!this.#looking && !this.#ended) void this.#look()
  }

  /** A shelf under the secret of the ledger: the same credential has the same hash in all processes there, and nowhere else. */
  async #open(): Promise<Shelf> {
    const shelf = new Shelf(await this.#secret(), (upstream, untilMs) => this.#learnt(upstream, untilMs))
    if (!this.#ended) this.#remove = this.#upstreams.add(shelf)
    return shelf
  }

  async #secret(): Promise<string> {
    const [known] = await this.#ledger.read([secretKey])
    if (known !== undefined) return known.value
    const value = `${this.#env.id()}${this.#env.id()}`
    if ((await this.#ledger.write([{ key: secretKey, value, version: 0 }])) !== undefined) return value
    // Somebody was quicker.
    return (await this.#ledger.read([secretKey]))[0]?.value ?? value
  }

  #learnt(upstream: string, untilMs: number): void {
    this.#unwritten.set(upstream, untilMs)
    // At once; what ten thousand calls learn in the same moment is one record.
    if (this.#looking || this.#soon) return
    this.#soon = true
    outside(() => this.#env.immediate(() => this.#lookNow()))
  }

  async #write(): Promise<void> {
    for (const [upstream, untilMs] of this.#unwritten) {
      await this.#put(prefix + upstream, untilMs)
      if (this.#unwritten.get(upstream) === untilMs) this.#unwritten.delete(upstream)
    }
  }

  /** The later one of two that write wins. */
  async #put(key: string, untilMs: number): Promise<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      const [known] = await this.#ledger.read([key])
      if (known !== undefined && untilOf(known) >= untilMs) return
      const value = JSON.stringify({ untilMs })
      if ((await this.#ledger.write([{ key, value, version: known?.version ?? 0 }])) !== undefined) return
    }
  }

  async #read(shelf: Shelf): Promise<void> {
    const nowMs = this.#env.nowMs()
    shelf.forget(nowMs)
    let after: string | undefined
    for (let page = 0; page < pagesMax; page++) {
      const records = await this.#ledger.list(prefix, pageMax, after)
      for (const record of records) shelf.told(record.key.slice(prefix.length), untilOf(record))
      await this.#tidy(records.filter((record) => untilOf(record) < nowMs - keptMs))
      after = records.at(-1)?.key
      if (records.length < pageMax) return
    }
  }

  async #tidy(old: LedgerRecord[]): Promise<void> {
    if (old.length === 0) return
    await this.#ledger.write(old.slice(0, 100).map(({ key, version }) => ({ key, version })))
  }
}

/** 0 for what is not ours. */
function untilOf({ value }: LedgerRecord): number {
  try {
    const { untilMs } = JSON.parse(value) as { untilMs?: unknown }
    return typeof untilMs === 'number' && Number.isFinite(untilMs) ? untilMs : 0
  } catch {
    return 0
  }
}
