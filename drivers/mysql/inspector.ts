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
import { packName, uniqueOf, unpack } from './codec.ts'
import { groupsOf } from './groups-view.ts'
import { findJobs, type Found, linesOfFound } from './jobs.ts'
import { askKeys } from './keys.ts'
import type { Link } from './link.ts'
import { listJobs } from './list.ts'
import { peekQueue } from './peek.ts'
import { purgeQueue } from './purge.ts'
import { recordOf, selectRecords } from './records.ts'
import { asText, clock, quoted, type Row } from './sql.ts'
import { trimQueue } from './trim.ts'
import type { Unit } from './unit.ts'

/** Looking and acting from outside; each action is one transaction for all its ids. */
export class MysqlInspector implements Inspector {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    const link = this.#link()
    if (ids.length === 0) return []
    return link.look('find', async (sql) => {
      const list = ids.map((id) => quoted(packName(id))).join(',')
      const [[[nowMs = 0] = []], rows] = (await sql.run([
        `select ${clock} as now`,
        selectRecords(sql, `j.id in (${list})`),
      ])) as [Row[], Row[]]
      const found = new Map(rows.map((row) => [unpack(row[2] as string), row]))
      return ids.map((id) => {
        const row = found.get(id)
        return row === undefined ? undefined : recordOf(row, nowMs as number)
      })
    })
  }

  async list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    const link = this.#link()
    return listJobs(link, link.settings.env, filter, page)
  }

  async peek(queue: string, limit: number): Promise<JobRecord[]> {
    const link = this.#link()
    const q = await this.#numberOf(queue)
    return q === undefined ? [] : link.transact('peek', (unit) => peekQueue(unit, q, limit))
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
    const link = this.#link()
    const q = await this.#numberOf(queue)
    return q === undefined
      ? { removed: 0, more: false }
      : link.transact('purge', (unit) => purgeQueue(unit, q, states, limit))
  }

  async trim(
    queue: string,
    states: readonly TerminalState[],
    keep: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    const q = await this.#numberOf(queue)
    if (q === undefined) return { removed: 0, more: false }
    return this.#link().transact('trim', (unit) => trimQueue(unit, q, states, keep, limit))
  }

  async groups(queue: string, limit: number): Promise<GroupDepth[]> {
    const link = this.#link()
    return link.look('groups', (sql) => groupsOf(sql, link.names, queue, limit))
  }

  async queues(): Promise<string[]> {
    const { t } = this.#link()
    const [rows = []] = await this.#link().run('queues', [
      `select ${asText('name')} as qname from ${t.queue} q where ready + \`delayed\` + running + done + dead + cancelled + quarantined > 0
         or paused or limits is not null or group_limits is not null or frozen_until > ${clock}
         or exists (select 1 from ${t.arrival} a where a.q = q.q)
         or exists (select 1 from ${t.line} i where i.q = q.q and i.limits is not null)`,
    ])
    return rows.map(([name]) => unpack(name as string)).sort()
  }

  async sessions(): Promise<SessionRecord[]> {
    const { t } = this.#link()
    const [rows = []] = await this.#link().run('sessions', [
      `select ${asText('name')} as sname, about, opened, lease_until, health,
         cast((select coalesce(sum(held), 0) from ${t.loan} l where l.s = s.s) as signed) as held
       from ${t.session} s where state = 0 order by s`,
    ])
    return (rows as [string, string, number, number, string | null, number][]).map(
      ([session, about, openedAtMs, leaseUntilMs, health, held]) => ({
        session: unpack(session),
        about: unpack(about),
        ...(health !== null && { health: unpack(health) }),
        held,
        openedAtMs,
        leaseUntilMs,
      }),
    )
  }

  async audit(cursor?: string): Promise<{ checked: number; repaired: number; cursor?: string }> {
    return this.#link().transact('audit', (unit) => auditPiece(unit, cursor))
  }

  /** Where the ids are is looked up before their queues are locked, and again after that. */
  async #each<Answer>(ids: string[], unknown: Answer, act: (unit: Unit, job: Found) => Answer): Promise<Answer[]> {
    const link = this.#link()
    if (ids.length === 0) return []
    return link.transact('inspector', async (unit) => {
      const list = ids.map((id) => unit.sql.text(packName(id))).join(',')
      const places = new Map<number, number[]>()
      const found = await unit.sql.run([`select q, n from ${unit.sql.t.job} where id in (${list})`])
      for (const [q, n] of found[0] as [number, number][]) places.set(q, [...(places.get(q) ?? []), n])
      await unit.ask([...unit.locking(places.keys()), ...[...places].flatMap(([q, ns]) => findJobs(unit, q, ns))])
      await askWhatJobsNeed(unit)
      const byId = new Map(Array.from(unit.jobs.values(), (job) => [unpack(job.id), job]))
      return ids.map((id) => {
        const job = byId.get(id)
        if (job === undefined || !unit.jobs.has(`${job.q}.${job.n}`)) return unknown
        return act(unit, job)
      })
    })
  }

  async #setPaused(queues: string[], paused: boolean): Promise<void> {
    const link = this.#link()
    await link.transact(
      'pause',
      async (unit) => {
        await unit.ask(unit.locking(queues.map((name) => link.names.of(name)!)))
        for (const name of queues) unit.queueOf(name).paused = paused
        unit.stirred = true
      },
      queues,
    )
  }

  async #numberOf(queue: string): Promise<number | undefined> {
    const link = this.#link()
    await link.look('queue', (sql) => link.names.find(sql, [queue]))
    return link.names.of(queue)
  }
}

/** The lines of the jobs that were found, and who holds the keys that they had. */
export async function askWhatJobsNeed(unit: Unit): Promise<void> {
  const keys = new Map<number, string[]>()
  for (const { q, extra } of unit.jobs.values()) {
    const unique = uniqueOf(extra)
    if (unique !== undefined) keys.set(q, [...(keys.get(q) ?? []), packName(unique.key)])
  }
  const parts = [...linesOfFound(unit), ...[...keys].map(([q, names]) => askKeys(unit, q, names))]
  if (parts.length > 0) await unit.ask(parts)
}
