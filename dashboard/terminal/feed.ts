import type { DashboardSource, Snapshot } from '../../src/contract/dashboard.ts'
import type { JobRecord } from '../../src/contract/job.ts'
import type { Env } from '../../src/base/env.ts'
import { advance, type History } from '../model/history.ts'
import type { View } from './view.ts'

export interface FeedOptions {
  source: DashboardSource
  env: Env
  /** What the person looks at now: it decides what is asked for. */
  view(): View
  onJob(id: string, job: JobRecord | undefined): void
  onChange(): void
  onError(error: unknown): void
}

/** How often the lists of the store are asked for while they are looked at. */
const lookMs = 2_000
const deadMax = 500

/** What the source has told so far. It has one question of each kind open at a time, however slowly it answers. */
export class Feed {
  private readonly options: FeedOptions
  private asking = false
  private looking = false
  private lookAgain = false
  private lookedAtMs = -Infinity
  private heardAtMs: number
  snapshot: Snapshot | undefined
  history: History | undefined
  dead: JobRecord[] | undefined

  constructor(options: FeedOptions) {
    this.options = options
    this.heardAtMs = options.env.monoMs()
  }

  /** How long an answer has been owed; 0 while none is. */
  get silentMs(): number {
    return this.asking ? this.options.env.monoMs() - this.heardAtMs : 0
  }

  get isWaiting(): boolean {
    return this.asking
  }

  /** A snapshot. */
  async ask(): Promise<void> {
    if (this.asking) return
    this.asking = true
    try {
      const snapshot = await this.options.source.snapshot()
      this.snapshot = snapshot
      this.history = advance(this.history, snapshot)
      this.heardAtMs = this.options.env.monoMs()
    } catch (error) {
      this.options.onError(error)
    } finally {
      this.asking = false
    }
    this.options.onChange()
  }

  /** What only an open tab or an open job needs; `now` when it has just been opened or changed. */
  async look(now = false): Promise<void> {
    const { mode, tab } = this.options.view()
    if (tab !== 'dead' && mode.is !== 'inspect') return
    if (this.looking) {
      this.lookAgain ||= now
      return
    }
    if (!now && this.options.env.monoMs() - this.lookedAtMs < lookMs) return
    this.looking = true
    this.lookAgain = false
    this.lookedAtMs = this.options.env.monoMs()
    try {
      await (mode.is === 'inspect' ? this.lookAtJob(mode.id) : this.lookAtDead())
    } catch (error) {
      this.options.onError(error)
    } finally {
      this.looking = false
    }
    this.options.onChange()
    if (this.lookAgain) await this.look(true)
  }

  /** A job that was retried or dropped leaves the list at once: the next key must not hit it. */
  forget(id: string): void {
    this.dead = this.dead?.filter(({ job }) => job.id !== id)
  }

  private async lookAtJob(id: string): Promise<void> {
    this.options.onJob(id, await this.options.source.job(id))
  }

  private async lookAtDead(): Promise<void> {
    const page = await this.options.source.list({ states: ['dead', 'quarantined'] }, { limit: deadMax })
    this.dead = page.jobs
  }
}
