import { placeIn } from '../../src/base/cursor.ts'
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
import { textsOf, unwire, wire } from './codec.ts'
import { groupsOf, type GroupsRead } from './groups.ts'
import type { Link } from './link.ts'
import { recordOf, type Recorded } from './records.ts'

/** Ids in one transaction. */
const idsMax = 500

/** What is audited, in this order; a cursor is a stage and where to go on in it. */
const stages = ['jobs', 'places', 'delayed', 'ended', 'lines'] as const

/** Jobs looked at in one transaction. */
const lookMax = 4_000

interface Page {
  jobs: Recorded[]
  next: number
  more: boolean
  read: number
  /** When the last one that was looked at was enqueued. */
  at?: number | null
}

/** Looking and acting from outside. A call with many ids is several transactions. */
export class PostgresInspector implements Inspector {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    const found = (await this.#each('find', ids)) as (Recorded | null)[]
    return found.map((recorded) => (recorded === null ? undefined : recordOf(recorded)))
  }

  /** Looked for in pieces, so that no statement runs for long. */
  async list(filter: JobFilter, { limit, cursor, readMax = Infinity }: PageRequest): Promise<JobPage> {
    const link = this.#link()
    const wanted = JSON.stringify(filterOf(filter))
    const found = { jobs: [], read: 0 } as JobPage & { read: number }
    let before = String(cursor === undefined ? Number.MAX_SAFE_INTEGER : placeIn(cursor))
    for (;;) {
      const look = Math.max(1, Math.min(lookMax, readMax - found.read))
      const page = (await link.call('list', [wanted, before, limit - found.jobs.length, look])) as Page
      for (const recorded of page.jobs) found.jobs.push(recordOf(recorded))
      found.read += page.read
      if (typeof page.at === 'number') found.readToMs = page.at
      if (!page.more) return found
      before = String(page.next)
      if (found.jobs.length >= limit || found.read >= readMax) return { ...found, cursor: before }
    }
  }

  async peek(queue: string, limit: number): Promise<JobRecord[]> {
    return ((await this.#link().call('peek', [wire(queue), limit])) as Recorded[]).map(recordOf)
  }

  async retry(ids: string[]): ReturnType<Inspector['retry']> {
    return (await this.#each('retry', ids)) as Awaited<ReturnType<Inspector['retry']>>
  }

  async cancel(ids: string[]): ReturnType<Inspector['cancel']> {
    return (await this.#each('cancel', ids)) as Awaited<ReturnType<Inspector['cancel']>>
  }

  async remove(ids: string[]): ReturnType<Inspector['remove']> {
    return (await this.#each('remove', ids)) as Awaited<ReturnType<Inspector['remove']>>
  }

  async pause(queues: string[]): Promise<void> {
    await this.#link().text('set_paused', [textsOf(queues), true])
  }

  async resume(queues: string[]): Promise<void> {
    await this.#link().text('set_paused', [textsOf(queues), false])
  }

  async purge(queue: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }> {
    return (await this.#link().call('purge', [wire(queue), textsOf(states), limit])) as {
      removed: number
      more: boolean
    }
  }

  async trim(
    queue: string,
    states: readonly TerminalState[],
    { count, ageMs }: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    const args = [wire(queue), textsOf([...states]), whole(count), whole(ageMs), limit]
    return (await this.#link().call('trim', args)) as { removed: number; more: boolean }
  }

  async groups(queue: string, limit: number): Promise<GroupDepth[]> {
    return groupsOf((await this.#link().call('groups', [wire(queue), limit])) as GroupsRead | undefined)
  }

  async queues(): Promise<string[]> {
    return ((await this.#link().call('queues', [])) as string[]).map(unwire).sort()
  }

  async sessions(): Promise<SessionRecord[]> {
    const rows = (await this.#link().call('sessions', [])) as {
      session: string
      about: string
      health: string | null
      held: number
      opened: number
      lease: number
    }[]
    return rows.map(({ session, about, health, held, opened, lease }) => ({
      session,
      about: unwire(about),
      ...(health !== null && { health: unwire(health) }),
      held,
      openedAtMs: opened,
      leaseUntilMs: lease,
    }))
  }

  async audit(cursor?: string): Promise<{ checked: number; repaired: number; cursor?: string }> {
    const [stage = stages[0], from = '0'] = (cursor ?? '').split(':').filter((part) => part !== '')
    const { checked, repaired, next } = (await this.#link().call('audit', [stage, from])) as {
      checked: number
      repaired: number
      next: number | null
    }
    const following = next === null ? stages[stages.indexOf(stage as 'jobs') + 1] : `${stage}:${next}`
    return { checked, repaired, ...(following !== undefined && { cursor: following }) }
  }

  async #each(verb: 'find' | 'retry' | 'cancel' | 'remove', ids: string[]): Promise<unknown[]> {
    const link = this.#link()
    const answers: unknown[] = []
    for (let at = 0; at < ids.length; at += idsMax) {
      answers.push(...((await link.call(verb, [textsOf(ids.slice(at, at + idsMax))])) as unknown[]))
    }
    return answers
  }
}

/** Without end is far beyond what there is. */
const whole = (amount: number): number => Math.floor(Math.min(amount, 1e15))

function filterOf({
  queue,
  states,
  name,
  group,
  tag,
  idPrefix,
  errorText,
  ageMsMin,
  fromMs,
  toMs,
}: JobFilter): Record<string, unknown> {
  const texts = Object.entries({ queue, name, group, tag, idPrefix, errorText })
  return {
    ...Object.fromEntries(texts.flatMap(([field, text]) => (text === undefined ? [] : [[field, wire(text)]]))),
    // What a text with it, or an id that begins so, is found by.
    ...(tag !== undefined && { tagText: JSON.stringify(wire(tag)) }),
    ...(idPrefix !== undefined && { idEnd: `${wire(idPrefix)}\u{10ffff}` }),
    ...(states !== undefined && { states }),
    ...(ageMsMin !== undefined && { ageMsMin }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  }
}
