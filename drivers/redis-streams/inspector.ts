import { FiberWorkError } from '../../src/contract/index.ts'
import type {
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
import { unwire, wire } from '../redis-common/wire.ts'
import type { Link } from './link.ts'
import { listJobs } from './list.ts'
import { type Look, recordOfLook } from './looks.ts'
import { loadScript, type Script } from './script.ts'

const scripts = {
  find: loadScript('find'),
  peek: loadScript('peek'),
  retry: loadScript('retry'),
  cancel: loadScript('cancel'),
  remove: loadScript('remove'),
  pause: loadScript('pause'),
  resume: loadScript('resume'),
  purge: loadScript('purge'),
  trim: loadScript('trim'),
  queues: loadScript('queues'),
  sessions: loadScript('sessions'),
}
const audits = [loadScript('audit-ids'), loadScript('audit-done')]

/** Ids in one script, and jobs that one script removes, so that Redis is never busy with one of them for long. */
const idsMax = 250

type Answer<Verb extends 'retry' | 'cancel' | 'remove'> = Awaited<ReturnType<Inspector[Verb]>>[number]

const retried: Record<string, Answer<'retry'>> = {
  r: 'retried',
  w: 'waiting',
  x: 'running',
  d: 'duplicate',
  u: 'unknown',
}
const cancelled: Record<string, Answer<'cancel'>> = { c: 'cancelled', l: 'cancelling', s: 'settled', u: 'unknown' }
const removed: Record<string, Answer<'remove'>> = { r: 'removed', x: 'running', u: 'unknown' }

/** Never removed, or there are none. */
const kept: readonly JobState[] = ['running', 'blocked']

type SessionReply = [session: string, about: string, health: string | null, held: number, opened: number, until: number]

/** Looking and acting from outside. Each script is atomic; a call with many ids is several. */
export class StreamsInspector implements Inspector {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    const link = this.#link()
    const found: (JobRecord | undefined)[] = []
    for (const some of pieces(ids)) {
      const looks = (await link.run(scripts.find, some)) as (Look | null)[]
      for (const look of looks) found.push(look === null ? undefined : recordOfLook(look))
    }
    return found
  }

  async list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    return listJobs(this.#link(), await this.queues(), filter, page)
  }

  async peek(queue: string, limit: number): Promise<JobRecord[]> {
    const looks = (await this.#link().run(scripts.peek, [wire(queue), limit])) as Look[]
    return looks.map(recordOfLook)
  }

  async retry(ids: string[]): Promise<Answer<'retry'>[]> {
    return each(this.#link(), scripts.retry, ids, retried)
  }

  async cancel(ids: string[]): Promise<Answer<'cancel'>[]> {
    return each(this.#link(), scripts.cancel, ids, cancelled)
  }

  async remove(ids: string[]): Promise<Answer<'remove'>[]> {
    return each(this.#link(), scripts.remove, ids, removed)
  }

  async pause(queues: string[]): Promise<void> {
    const link = this.#link()
    if (queues.length > 0) await link.run(scripts.pause, queues.map(wire))
  }

  async resume(queues: string[]): Promise<void> {
    await this.#link().run(scripts.resume, queues.map(wire))
  }

  async purge(queue: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }> {
    const link = this.#link()
    const wanted = states.filter((state) => !kept.includes(state))
    let [removed, more] = [0, wanted.length > 0]
    while (more && removed < limit) {
      const args = [wire(queue), Math.min(limit - removed, idsMax), ...wanted]
      const [count, rest] = (await link.run(scripts.purge, args)) as [number, number]
      removed += count
      more = rest === 1
    }
    return { removed, more }
  }

  async trim(
    queue: string,
    states: readonly TerminalState[],
    { count, ageMs }: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    const link = this.#link()
    const wanted = [...new Set(states)]
    const keep = [count, ageMs].map((most) => Math.min(Math.max(0, most), Number.MAX_SAFE_INTEGER))
    let [removed, more] = [0, false]
    do {
      const args = [wire(queue), Math.min(limit - removed, idsMax), ...keep, ...wanted]
      const [gone, rest] = (await link.run(scripts.trim, args)) as [number, number]
      removed += gone
      more = rest === 1
      if (gone === 0) break
    } while (more && removed < limit)
    return { removed, more }
  }

  async queues(): Promise<string[]> {
    const link = this.#link()
    const names = new Set<string>()
    let cursor = '0'
    do {
      const [next, some] = (await link.run(scripts.queues, [cursor])) as [string, string[]]
      for (const name of some) names.add(unwire(name))
      cursor = next
    } while (cursor !== '0')
    return [...names].sort()
  }

  async sessions(): Promise<SessionRecord[]> {
    const replies = (await this.#link().run(scripts.sessions, [])) as SessionReply[]
    return replies.map(([session, about, health, held, openedAtMs, leaseUntilMs]) => ({
      session,
      about,
      ...(health !== null && { health }),
      held,
      openedAtMs,
      leaseUntilMs,
    }))
  }

  /** A cursor is which part of it comes next, and from where. */
  async audit(cursor = '0 0'): Promise<Awaited<ReturnType<Inspector['audit']>>> {
    const link = this.#link()
    const [, part = '', from = ''] = /^(\d) (\d+)$/.exec(cursor) ?? []
    const script = audits[Number(part)]
    if (part === '' || script === undefined)
      throw new FiberWorkError('FW_CONFIG_INVALID', 'This is no cursor of an audit.')
    const [next, checked, repaired] = (await link.run(script, [from])) as [string, number, number]
    if (next !== '0') return { checked, repaired, cursor: `${part} ${next}` }
    const following = Number(part) + 1
    return following === audits.length ? { checked, repaired } : { checked, repaired, cursor: `${following} 0` }
  }
}

/** A letter for each id. */
async function each<A>(link: Link, script: Script, ids: string[], answers: Record<string, A>): Promise<A[]> {
  const found: A[] = []
  for (const some of pieces(ids)) {
    for (const letter of (await link.run(script, some)) as string) found.push(answers[letter]!)
  }
  return found
}

function pieces(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / idsMax)
  return Array.from({ length: count }, (_, i) => ids.slice(i * idsMax, (i + 1) * idsMax).map(wire))
}
