import { AccessApi } from './access.ts'
import { type ApiEvent, events, type EventsWanted } from './events.ts'
import { httpTransport, type HttpTransportOptions } from './http-transport.ts'
import { BulkApi, JobsApi } from './jobs.ts'
import { QueuesApi } from './queues.ts'
import { SchedulesApi } from './schedules.ts'
import type { Transport } from './transport.ts'
import { WorkersApi } from './workers.ts'

/** Everything that the HTTP API can be asked, by subject. Made by `apiClient`. */
export class ApiClient {
  readonly jobs: JobsApi
  readonly bulk: BulkApi
  readonly queues: QueuesApi
  readonly schedules: SchedulesApi
  readonly workers: WorkersApi
  readonly access: AccessApi
  /** For what has no method here. */
  readonly transport: Transport

  constructor(transport: Transport) {
    this.transport = transport
    this.jobs = new JobsApi(transport)
    this.bulk = new BulkApi(transport)
    this.queues = new QueuesApi(transport)
    this.schedules = new SchedulesApi(transport)
    this.workers = new WorkersApi(transport)
    this.access = new AccessApi(transport)
  }

  /** What happens, as it happens. */
  events(wanted: EventsWanted = {}): AsyncGenerator<ApiEvent> {
    return events(this.transport, wanted)
  }
}

/**
 * A client of the HTTP API. It needs nothing but `fetch`, and works in browsers, Deno, Bun and other programs of Node.
 *
 * @example
 * const api = apiClient('http://127.0.0.1:7077', { token })
 * const { id } = await api.jobs.submit({ name: 'greet', input: { user: 'Ada' } })
 * await api.jobs.result(id, { waitMs: 10_000 })
 */
export function apiClient(url: string, options: Omit<HttpTransportOptions, 'url'> = {}): ApiClient {
  return new ApiClient(httpTransport({ ...options, url }))
}
