import type { ScheduleSettings, ScheduleView } from '../schemas/schedule.ts'
import { part, type Transport } from './transport.ts'

/** What is enqueued by itself, and when. Every method throws `ApiError`. */
export class SchedulesApi {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  async list(): Promise<ScheduleView[]> {
    return ((await this.#transport.call({ method: 'GET', path: '/v1/schedules' })) as { schedules: ScheduleView[] })
      .schedules
  }

  /** One of them, and its next runs. */
  get(id: string, { next = 5 }: { next?: number } = {}): Promise<ScheduleView & { next: string[] }> {
    const path = `/v1/schedules/${part(id)}`
    return this.#transport.call({ method: 'GET', path, query: { next } }) as Promise<ScheduleView & { next: string[] }>
  }

  /** Make it so; saying the same twice changes nothing. */
  put(id: string, settings: ScheduleSettings): Promise<{ id: string; outcome: 'added' | 'changed' | 'unchanged' }> {
    return this.#transport.call({ method: 'PUT', path: `/v1/schedules/${part(id)}`, body: settings }) as Promise<{
      id: string
      outcome: 'added' | 'changed' | 'unchanged'
    }>
  }

  async pause(id: string): Promise<void> {
    await this.#transport.call({ method: 'POST', path: `/v1/schedules/${part(id)}/pause`, repeatable: true })
  }

  async resume(id: string): Promise<void> {
    await this.#transport.call({ method: 'POST', path: `/v1/schedules/${part(id)}/resume`, repeatable: true })
  }

  /** Enqueue its job now, besides its times. */
  run(id: string): Promise<{ schedule: string; id: string; outcome: string }> {
    return this.#transport.call({ method: 'POST', path: `/v1/schedules/${part(id)}/run` }) as Promise<{
      schedule: string
      id: string
      outcome: string
    }>
  }

  async remove(id: string): Promise<void> {
    await this.#transport.call({ method: 'DELETE', path: `/v1/schedules/${part(id)}` })
  }
}
