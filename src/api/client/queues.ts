import type { LimitersView } from '../operations/limiters.ts'
import type { JobView } from '../schemas/job.ts'
import type { GroupView, LimitSettingsView, LimitsView, QueueView } from '../schemas/queue.ts'
import { part, type Transport } from './transport.ts'

/** Queues, their limits and their groups. Every method throws `ApiError`. */
export class QueuesApi {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  async list(): Promise<QueueView[]> {
    return ((await this.#get('')) as { queues: QueueView[] }).queues
  }

  get(queue: string): Promise<QueueView> {
    return this.#get(`/${part(queue)}`) as Promise<QueueView>
  }

  /** The next jobs in the order in which they would be taken. */
  async next(queue: string, limit = 10): Promise<JobView[]> {
    return ((await this.#get(`/${part(queue)}/next`, { limit })) as { jobs: JobView[] }).jobs
  }

  /** Take nothing more, on any machine. */
  async pause(queue: string): Promise<void> {
    await this.#transport.call({ method: 'POST', path: `/v1/queues/${part(queue)}/pause`, repeatable: true })
  }

  async resume(queue: string): Promise<void> {
    await this.#transport.call({ method: 'POST', path: `/v1/queues/${part(queue)}/resume`, repeatable: true })
  }

  limits(queue: string): Promise<LimitsView> {
    return this.#get(`/${part(queue)}/limits`) as Promise<LimitsView>
  }

  /** Of the queue as a whole, of `groups` alike, or of one group. They replace what the scope had. */
  setLimits(
    queue: string,
    scope: 'queue' | 'groups' | { group: string },
    settings: LimitSettingsView,
  ): Promise<LimitsView> {
    if (typeof scope === 'string') return this.#put(`/${part(queue)}/limits`, { scope, settings })
    return this.#put(`/${part(queue)}/groups/${part(scope.group)}/limits`, { settings })
  }

  /** How many may run at once over all workers; null for as many as there is room for. */
  setConcurrency(queue: string, concurrencyMax: number | null): Promise<LimitsView> {
    return this.#put(`/${part(queue)}/concurrency`, { concurrencyMax })
  }

  /** The groups with most jobs, and what holds them back. */
  async groups(queue: string, limit = 50): Promise<GroupView[]> {
    return ((await this.#get(`/${part(queue)}/groups`, { limit })) as { groups: GroupView[] }).groups
  }

  /** Take no jobs of one group, for so long, or until it is resumed. */
  async pauseGroup(queue: string, group: string, forMs?: number): Promise<void> {
    const path = `/v1/queues/${part(queue)}/groups/${part(group)}/pause`
    await this.#transport.call({ method: 'POST', path, body: { forMs }, repeatable: true })
  }

  async resumeGroup(queue: string, group: string): Promise<void> {
    const path = `/v1/queues/${part(queue)}/groups/${part(group)}/resume`
    await this.#transport.call({ method: 'POST', path, repeatable: true })
  }

  /** Take nothing from a queue for so long, then go on by itself. */
  async freeze(queue: string, forMs: number): Promise<void> {
    const path = `/v1/queues/${part(queue)}/freeze`
    await this.#transport.call({ method: 'POST', path, body: { forMs }, repeatable: true })
  }

  async unfreeze(queue: string): Promise<void> {
    await this.#transport.call({ method: 'POST', path: `/v1/queues/${part(queue)}/unfreeze`, repeatable: true })
  }

  /** What is held back now, and by what. */
  limiters(): Promise<LimitersView> {
    return this.#transport.call({ method: 'GET', path: '/v1/limiters' }) as Promise<LimitersView>
  }

  #get(path: string, query?: Record<string, number>): Promise<unknown> {
    return this.#transport.call({ method: 'GET', path: `/v1/queues${path}`, ...(query && { query }) })
  }

  #put(path: string, body: unknown): Promise<LimitsView> {
    return this.#transport.call({ method: 'PUT', path: `/v1/queues${path}`, body }) as Promise<LimitsView>
  }
}
