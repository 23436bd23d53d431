import type { Env } from '../../src/base/env.ts'
import type {
  GroupDepth,
  Inspector,
  JobFilter,
  JobPage,
  JobRecord,
  JobState,
  Keep,
  PageRequest,
  SessionRecord,
  TerminalState,
} from '../../src/contract/index.ts'
import { cancelOne, removeOne, retryOne } from './actions.ts'
import { auditPiece } from './audit.ts'
import { pack, type Stored, unpack } from './codec.ts'
import type { Connection } from './connection.ts'
import { groupsOf } from './groups-view.ts'
import { findById, type Found } from './jobs.ts'
import { listJobs } from './list.ts'
import { peekQueue } from './peek.ts'
import { purgeQueue } from './purge.ts'
import { readRecord, recordById } from './records.ts'
import { Trimmer } from './trim.ts'
import { Unit } from './unit.ts'

/** Looking and acting from outside; each action is one transaction for all its ids. */
export class SqliteInspector implements Inspector {
  readonly #connection: () => Connection
  readonly #env: Env
  readonly #trimmer: Trimmer

  constructor(connection: () => Connection, env: Env) {
    this.#connection = connection
    this.#env = env
    this.#trimmer = new Trimmer(env)
  }

  async find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    return this.#connection().read((sql) => {
      const { nowMs } = new Unit(sql)
      return ids.map((id) => readRecord(sql, recordById, pack(id), nowMs))
    })
  }

  async list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    return listJobs(this.#connection(), this.#env, filter, page)
  }

  async peek(queue: string, limit: number): Promise<JobRecord[]> {
    return this.#connection().write((unit) => peekQueue(unit, queue, limit))
  }

  async retry(ids: string[]): ReturnType<Inspector['retry']> {
    return this.#each(ids, 'unknown' as const, retryOne)
  }

  async cancel(ids: string[]): ReturnType<Inspector['cancel']> {
    return this.#each(ids, 'unknown' as const, cancelOne)
  }

  async remove(ids: string[]): ReturnType<Inspector['remove']> {
    return this.#each(ids, 'unknown' as const, removeOne)
  }

  async pause(queues: string[]): Promise<void> {
    await this.#setPaused(queues, true)
  }

  async resume(queues: string[]): Promise<void> {
    await this.#setPaused(queues, false)
  }

  async purge(queue: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }> {
    return this.#connection().write((unit) => purgeQueue(unit, queue, states, limit))
  }

  async trim(
    queue: string,
    states: readonly TerminalState[],
    keep: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    return this.#trimmer.trim(this.#connection(), queue, states, keep, limit)
  }

  async groups(queue: string, limit: number): Promise<GroupDepth[]> {
    return groupsOf(this.#connection(), this.#env, queue, limit)
  }

  async queues(): Promise<string[]> {
    const rows = await this.#connection().read((sql) =>
      sql.all<[Stored]>(
        `select name from fw_queue q where ready + delayed + running + done + dead + cancelled + quarantined > 0
           or paused or limits is not null or group_limits is not null
           or frozen_until > ${new Unit(sql).nowMs}
           or exists (select 1 from fw_line i where i.q = q.q and i.limits is not null)`,
      ),
    )
    return rows.map(([name]) => unpack(name)).sort()
  }

  async sessions(): Promise<SessionRecord[]> {
    const rows = await this.#connection().read((sql) =>
      sql.all<[string, Stored, number, number, number, Stored | null]>(
        `select name, about, opened, lease_until, (select coalesce(sum(open), 0) from fw_loan l where l.s = s.s) as held,
           (select health from fw_keep k where k.s = s.s) as health
         from fw_session s where state = 0 order by s`,
      ),
    )
    return rows.map(([session, about, openedAtMs, leaseUntilMs, held, health]) => ({
      session,
      about: unpack(about),
      ...(health !== null && { health: unpack(health) }),
      held,
      openedAtMs,
      leaseUntilMs,
    }))
  }

  async audit(cursor?: string): Promise<{ checked: number; repaired: number; cursor?: string }> {
    return this.#connection().write((unit) => auditPiece(unit, cursor))
  }

  async #each<Answer>(ids: string[], unknown: Answer, act: (unit: Unit, job: Found) => Answer): Promise<Answer[]> {
    return this.#connection().write((unit) =>
      ids.map((id) => {
        const job = findById(unit, pack(id))
        return job === undefined ? unknown : act(unit, job)
      }),
    )
  }

  async #setPaused(queues: string[], paused: boolean): Promise<void> {
    await this.#connection().write((unit) => {
      for (const name of queues) unit.queue(name).paused = paused
      unit.stirred = true
    })
  }
}
