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
import { type AuditReport, audit } from './audit.ts'
import { unwire, wire } from './codec.ts'
import { groupDepths } from './groups.ts'
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

/** Ids in one script, so that Redis is never busy with one of them for long. */
const idsMax = 250
/** Jobs that one script removes or forgets. */
const purgedMax = 500

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
export class RedisInspector implements Inspector {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    const link = this.#link()
    const found = new Map<string, Look>()
    for (const some of pieces(ids.map(wire))) {
      for (const look of (await link.run(scripts.find, some)) as Look[]) found.set(look[0], look)
    }
    return ids.map((id) => {
      const look = found.get(wire(id))
      return look && recordOfLook(look)
    })
  }

  async list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    return listJobs(this.#link(), filter, page)
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
    await this.#link().run(scripts.pause, queues.map(wire))
  }

  async resume(queues: string[]): Promise<void> {
    await this.#link().run(scripts.resume, queues.map(wire))
  }

  async purge(queue: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }> {
    const link = this.#link()
    const wanted = states.filter((state) => !kept.includes(state))
    let [removed, more] = [0, wanted.length > 0]
    while (more && removed < limit) {
      const most = Math.min(limit - removed, purgedMax)
      const [count, rest] = (await link.run(scripts.purge, [wire(queue), most, ...wanted])) as [number, number]
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
      const most = Math.min(limit - removed, purgedMax)
      const [gone, rest] = (await link.run(scripts.trim, [wire(queue), most, ...keep, ...wanted])) as [number, number]
      removed += gone
      more = rest === 1
      if (gone === 0) break
    } while (more && removed < limit)
    return { removed, more }
  }

  async groups(queue: string, limit: number): Promise<GroupDepth[]> {
    return groupDepths(this.#link(), queue, limit)
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

  async audit(cursor?: string): Promise<AuditReport> {
    return audit(this.#link(), cursor)
  }
}

/** A letter for each id. A script may leave the last ones for another call. */
async function each<A>(link: Link, script: Script, ids: string[], answers: Record<string, A>): Promise<A[]> {
  const found: A[] = []
  while (found.length < ids.length) {
    const some = ids.slice(found.length, found.length + idsMax).map(wire)
    for (const letter of (await link.run(script, some)) as string) found.push(answers[letter]!)
  }
  return found
}

function pieces(ids: string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / idsMax) }, (_, i) => ids.slice(i * idsMax, (i + 1) * idsMax))
}
