import type { StatsView } from '../../src/client.ts'
import type { Snapshot } from '../../src/contract/dashboard.ts'
import type { Env } from '../../src/base/env.ts'
import { advance, type History } from '../model/history.ts'
import { merge, type ProcessRow } from '../model/merge.ts'
import type { DashboardSource } from '../model/source.ts'
import { standIn } from '../model/stand-in.ts'
import { errorText } from './error-text.ts'
import { type Data, type LookName, type Looked, looks, noData, type Where } from './looks.ts'
import type { View } from './view.ts'

export interface FeedOptions {
  source: DashboardSource
  env: Env
  /** What the person looks at now: it decides what is asked for. */
  view(): View
  onChange(): void
}

interface Asking {
  /** What the open question is about. */
  about?: string
  askedAtMs: number
  /** Something was done meanwhile: the answer on its way may be of before. */
  again: boolean
}

/** What the source has told so far. It has one question of each kind open at a time, however slowly it answers. */
export class Feed {
  readonly #options: FeedOptions
  readonly #asking = new Map<LookName, Asking>()
  #isAsked = false
  #heardAtMs: number
  snapshot: Snapshot | undefined
  processes: ProcessRow[] = []
  missing: readonly string[] = []
  history: History | undefined
  /** Why there was no answer the last time. */
  lost: string | undefined
  data: Data = noData()

  constructor(options: FeedOptions) {
    this.#options = options
    this.#heardAtMs = options.env.monoMs()
  }

  /** How long an answer has been owed, or was refused; 0 while neither. */
  get silentMs(): number {
    return this.#isAsked || this.lost !== undefined ? this.#options.env.monoMs() - this.#heardAtMs : 0
  }

  get isWaiting(): boolean {
    return this.#isAsked || this.lost !== undefined
  }

  /** What the worker processes say, or the store where there is none. */
  async ask(): Promise<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    try {
      await this.#snapshots()
      this.#heardAtMs = this.#options.env.monoMs()
      this.lost = undefined
    } catch (error) {
      this.lost = errorText(error)
    } finally {
      this.#isAsked = false
    }
    this.#options.onChange()
  }

  async #snapshots(): Promise<void> {
    const { source } = this.#options
    const { processes, missing } = await source.workers.processes().catch(onlyRefused)
    const merged = merge(processes as ProcessRow[])
    this.missing = missing
    // One that is alone and does not answer is not gone: its last picture stays, and `missing` says so.
    if (merged === undefined && missing.length > 0 && this.snapshot !== undefined) return
    this.snapshot = merged?.snapshot ?? standIn((await source.workers.stats()) as StatsView)
    this.processes = merged?.processes ?? []
    const parts = this.processes.map(({ snapshot }) => snapshot)
    this.history = advance(this.history, this.snapshot, parts)
  }

  /** What only an open tab or an open job needs; `now` when it has just been opened or changed. */
  look(now = false): void {
    for (const name of Object.keys(looks) as LookName[]) void this.#lookAt(name, now)
  }

  /** A job that was retried or dropped leaves the lists at once: the next key must not hit it. */
  forget(id: string): void {
    for (const name of ['jobs', 'dead'] as const) {
      const { value } = this.data[name]
      if (value === undefined) continue
      const jobs = value.jobs.filter((job) => job.id !== id)
      this.#set(name, { ...this.data[name], value: { ...value, jobs } })
    }
  }

  #where(): Where {
    const queues = this.data.queues.value ?? this.snapshot?.queues ?? []
    return {
      view: this.#options.view(),
      hasWorker: this.processes.length > 0,
      queues,
      deadQueues: (this.snapshot?.queues ?? queues)
        .filter((one) => one.dead + one.quarantined > 0)
        .map(({ queue }) => queue),
    }
  }

  async #lookAt(name: LookName, now: boolean): Promise<void> {
    const { source, env } = this.#options
    const { about: aboutOf, everyMs, ask } = looks[name]
    const where = this.#where()
    const about = aboutOf(where)
    if (about === undefined) return
    const asking = this.#asking.get(name)
    const isNew = about !== (asking?.about ?? this.data[name].about)
    if (asking?.about !== undefined) {
      asking.again ||= now || isNew
      return
    }
    if (!now && !isNew && env.monoMs() - (asking?.askedAtMs ?? -Infinity) < everyMs) return
    const mine: Asking = { about, askedAtMs: env.monoMs(), again: false }
    this.#asking.set(name, mine)
    try {
      const value = await ask(source, about, where)
      this.#set(name, { about, value } as Data[typeof name])
    } catch (error) {
      // What was known of the same stays on the screen beside the error.
      const before = this.data[name]
      this.#set(name, (before.about === about ? { ...before, error } : { about, error }) as Data[typeof name])
    }
    const { again } = mine
    this.#asking.set(name, { askedAtMs: mine.askedAtMs, again: false })
    this.#options.onChange()
    if (again) await this.#lookAt(name, true)
  }

  #set<Name extends LookName>(name: Name, looked: Looked<unknown>): void {
    this.data = { ...this.data, [name]: looked }
  }
}

/** A caller of a few queues may not ask for processes; the store itself may be looked at. */
function onlyRefused(error: unknown): { processes: never[]; missing: never[] } {
  const { code } = error as { code?: unknown }
  if (code === 'FW_API_FORBIDDEN') return { processes: [], missing: [] }
  throw error
}
