import type { ApiClient } from '../../src/client.ts'

/**
 * What a dashboard asks and does: the part of `ApiClient` that the skins use. In the worker's own process that client stands on `localTransport`,
 * from afar on `httpTransport`; the skins cannot tell one from the other. Every method rejects with an error that has a `code`
 * (docs/errors.md): a store that cannot list, a role that may not, an API that does not answer.
 */
export interface DashboardSource {
  readonly jobs: Pick<
    ApiClient['jobs'],
    'list' | 'get' | 'log' | 'definitions' | 'submit' | 'cancel' | 'retry' | 'rerun' | 'remove' | 'act'
  >
  readonly bulk: Pick<ApiClient['bulk'], 'preview' | 'start' | 'list' | 'get' | 'cancel'>
  readonly queues: Pick<
    ApiClient['queues'],
    'list' | 'pause' | 'resume' | 'limits' | 'setConcurrency' | 'groups' | 'pauseGroup' | 'resumeGroup' | 'limiters'
  >
  readonly schedules: Pick<ApiClient['schedules'], 'list' | 'get' | 'pause' | 'resume' | 'run'>
  readonly workers: Pick<
    ApiClient['workers'],
    'list' | 'processes' | 'stats' | 'setConcurrency' | 'pause' | 'resume' | 'reload'
  >
  readonly access: Pick<ApiClient['access'], 'whoami' | 'audit'>
  /** For what has no method of its own. */
  readonly transport: Pick<ApiClient['transport'], 'call'>
  events: ApiClient['events']
}
