import { emit } from '../../base/emit.ts'
import { type Env, sleep } from '../../base/env.ts'
import { Rounds } from '../../base/rounds.ts'
import { Term } from '../../base/term.ts'
import type { Ledger, LedgerRecord } from '../../contract/ledger.ts'
import { hourKey, hourMs, minuteKey, minuteMs, minutePrefix, partPrefix, timeOf } from './keys.ts'
import { partForMs } from './recorder.ts'
import { readSpan, writeSpan } from './record.ts'
import { addSpan, type Span } from './span.ts'

/** A process may write its minute, and repeat it when the answer did not come, for so long. */
const lateMs = 3 * minuteMs
/** Minutes are minutes for so long, then hours. */
const minutesForMs = 24 * hourMs
const hoursForMs = 30 * 24 * hourMs
const termMs = 150_000
/** Records a step: what is read, added up and removed in one write. */
const stepMax = 60
const pauseMs = 20

/**
 * Adds up what all processes have written: their minutes to one of all, old minutes to hours. One process at a ledger does so; where two
 * believe to, the versions of what they add keep anything from being counted twice.
 */
export class HistoryKeeper {
  readonly #env: Env
  readonly #ledger: Ledger
  readonly #term: Term
  readonly #rounds: Rounds

  constructor(env: Env, ledger: Ledger) {
    this.#env = env
    this.#ledger = ledger
    this.#term = new Term(ledger, { key: 'history-keeper', holder: env.id(), forMs: termMs })
    this.#rounds = new Rounds({
      env,
      everyMs: minuteMs,
      round: (signal) => this.#round(signal),
      failed: (error, tries) => emit('store.failed', () => ({ verb: 'history', error, tries, givenUp: false })),
      recovered: (tries, afterMs) => emit('store.recovered', () => ({ verb: 'history', tries, afterMs })),
    })
  }

  start(): void {
    this.#rounds.start()
  }

  async stop(): Promise<void> {
    await this.#rounds.stop()
    await this.#term.end(this.#env)
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (!(await this.#term.hold())) return
    const nowMs = this.#env.nowMs()
    await this.#fold(signal, {
      from: partPrefix,
      untilMs: nowMs - lateMs,
      into: minuteKey,
      relation: 'beside',
      forMs: partForMs,
    })
    await this.#fold(signal, {
      from: minutePrefix,
      untilMs: Math.floor((nowMs - minutesForMs) / hourMs) * hourMs,
      into: hourKey,
      relation: 'after',
      forMs: hoursForMs,
    })
  }

  /** Oldest first, a step at a time, until there is nothing left that began before `untilMs`. */
  async #fold(signal: AbortSignal, fold: Fold): Promise<void> {
    let heldMonoMs = this.#env.monoMs()
    for (;;) {
      const page = await this.#ledger.list(fold.from, stepMax)
      const due = page.filter(({ key }) => !(timeOf(key, fold.from) >= fold.untilMs))
      if (due.length === 0) return
      for (const [key, records] of Map.groupBy(due, (record) => fold.into(timeOf(record.key, fold.from) || 0))) {
        if (signal.aborted) return
        // Somebody else is at it.
        if (!(await this.#add(key, records, fold))) return
        await sleep(this.#env, pauseMs, signal, 'idle')
      }
      if (this.#env.monoMs() - heldMonoMs < termMs / 3) continue
      if (!(await this.#term.hold())) return
      heldMonoMs = this.#env.monoMs()
    }
  }

  /** In one step: the sum is written, what went into it is gone. Answers false when anything has changed meanwhile. */
  async #add(key: string, records: LedgerRecord[], { relation, forMs }: Fold): Promise<boolean> {
    const [known] = await this.#ledger.read([key])
    const sum: Span = (known && readSpan(known.value)) ?? new Map()
    // What cannot be read goes without a trace in the sum: it would stay at the head for ever.
    for (const { value } of records) addSpan(sum, readSpan(value) ?? new Map(), relation)
    const gone = records.map((record) => ({ key: record.key, version: record.version }))
    const written = { key, value: writeSpan(sum), version: known?.version ?? 0, forMs }
    return (await this.#ledger.write([written, ...gone])) !== undefined
  }
}

interface Fold {
  from: typeof partPrefix | typeof minutePrefix
  untilMs: number
  into: (atMs: number) => string
  relation: 'beside' | 'after'
  forMs: number
}
