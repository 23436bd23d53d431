/** `fiber-work/client`: the HTTP API from other programs and from browsers. It imports nothing of Node. */
export { ApiClient, apiClient } from './api/client/client.ts'
export { ApiError } from './api/client/error.ts'
export type { ApiEvent, EventsWanted } from './api/client/events.ts'
export type { HttpTransportOptions } from './api/client/http-transport.ts'
export type { ApiRequest, Transport } from './api/client/transport.ts'
export type { NewToken } from './api/client/access.ts'
export type { LogLine, Page } from './api/client/jobs.ts'
export type { AuditPageView, AuditQuery, AuditView, MeView, TokenView } from './api/operations/access.ts'
export type { ScaleView } from './api/operations/autoscale.ts'
export type { BulkPreview, BulkTaskView } from './api/operations/bulk.ts'
export type { DefinitionView } from './api/operations/definitions.ts'
export type { HistoryView } from './api/operations/history.ts'
export type { LimitersView } from './api/operations/limiters.ts'
export type { ProcessesView } from './api/operations/processes.ts'
export type { StatsView, WorkerView } from './api/operations/store.ts'
export type { Filter } from './api/schemas/common.ts'
export type {
  BatchAnswer,
  JobPageView,
  JobView,
  Outcome,
  ResultView,
  Submission,
  Submitted,
} from './api/schemas/job.ts'
export type { GroupView, LimitSettingsView, LimitsLeftView, LimitsView, QueueView } from './api/schemas/queue.ts'
export type { ScheduleSettings, ScheduleView } from './api/schemas/schedule.ts'
