import type { ScaleView } from '../operations/autoscale.ts'
import type { HistoryView } from '../operations/history.ts'
import type { ProcessesView } from '../operations/processes.ts'
import type { StatsView, WorkerView } from '../operations/store.ts'
import type { Transport } from './transport.ts'

interface Acted {
  processes: { process: number; pid: number; answer: unknown }[]
  missing: string[]
}

/** The workers of the store, and the worker processes beside the API. Every method throws `ApiError`. */
export class WorkersApi {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** On all machines. */
  async list(): Promise<WorkerView[]> {
    return ((await this.#transport.call({ method: 'GET', path: '/v1/workers' })) as { workers: WorkerView[] }).workers
  }

  /** Those of the API's machine, each as its dashboard shows it. */
  processes(): Promise<ProcessesView> {
    return this.#transport.call({ method: 'GET', path: '/v1/processes' }) as Promise<ProcessesView>
  }

  /** Jobs at once in each of them, or of one queue in each. */
  setConcurrency(concurrency: number, queue?: string): Promise<Acted> {
    return this.#transport.call({
      method: 'PUT',
      path: '/v1/processes/concurrency',
      body: { concurrency, queue },
    }) as Promise<Acted>
  }

  /** They take nothing more. */
  pause(): Promise<Acted> {
    return this.#transport.call({ method: 'POST', path: '/v1/processes/pause', repeatable: true }) as Promise<Acted>
  }

  resume(): Promise<Acted> {
    return this.#transport.call({ method: 'POST', path: '/v1/processes/resume', repeatable: true }) as Promise<Acted>
  }

  /** New worker processes in the place of the old ones; it answers when the last of those has drained. */
  reload(): Promise<{ replaced: number; processes: number; refused?: string }> {
    return this.#transport.call({ method: 'POST', path: '/v1/processes/reload' }) as Promise<{
      replaced: number
      processes: number
      refused?: string
    }>
  }

  /** The store at a glance. */
  stats(): Promise<StatsView> {
    return this.#transport.call({ method: 'GET', path: '/v1/stats' }) as Promise<StatsView>
  }

  /** How many replicas of the worker beside the API are wanted. */
  autoscale(
    wish: { drainSeconds?: number; utilisation?: number; replicasMin?: number; replicasMax?: number } = {},
  ): Promise<ScaleView> {
    return this.#transport.call({ method: 'GET', path: '/v1/autoscale', query: wish }) as Promise<ScaleView>
  }

  /** What was, in steps: the last hour by default. Moments are ISO 8601. */
  history(
    wanted: { from?: string; to?: string; stepMs?: number; queue?: string; name?: string } = {},
  ): Promise<HistoryView> {
    return this.#transport.call({ method: 'GET', path: '/v1/history', query: wanted }) as Promise<HistoryView>
  }
}
