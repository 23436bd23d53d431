import type { AnyOperation } from '../operation.ts'
import * as access from './access.ts'
import * as autoscale from './autoscale.ts'
import * as bulk from './bulk.ts'
import * as cloudevents from './cloudevents.ts'
import * as collect from './collect.ts'
import * as definitions from './definitions.ts'
import * as history from './history.ts'
import * as jobs from './jobs.ts'
import * as limiters from './limiters.ts'
import * as limits from './limits.ts'
import * as processes from './processes.ts'
import * as queues from './queues.ts'
import * as rerun from './rerun.ts'
import * as schedules from './schedules.ts'
import * as store from './store.ts'
import * as submit from './submit.ts'

/** Everything that can be asked from outside, in the order of the reference. */
export const operations: readonly AnyOperation[] = [
  submit.submitJob,
  submit.submitJobs,
  cloudevents.receiveEvent,
  jobs.listJobs,
  jobs.getJob,
  collect.jobResult,
  collect.jobResults,
  jobs.jobLog,
  jobs.cancelJob,
  jobs.retryJob,
  rerun.rerunJob,
  jobs.removeJob,
  jobs.actOnJobs,
  bulk.previewBulk,
  bulk.startBulk,
  bulk.listBulk,
  bulk.getBulk,
  bulk.cancelBulk,
  definitions.listDefinitions,
  queues.listQueues,
  queues.getQueue,
  queues.peekQueue,
  queues.pauseQueue,
  queues.resumeQueue,
  limits.getLimits,
  limits.setLimits,
  limits.setConcurrency,
  limits.listGroups,
  limits.setGroupLimits,
  limits.pauseGroup,
  limits.resumeGroup,
  limits.freezeQueue,
  limits.unfreezeQueue,
  limiters.listLimiters,
  schedules.listSchedules,
  schedules.getSchedule,
  schedules.putSchedule,
  schedules.removeSchedule,
  schedules.pauseSchedule,
  schedules.resumeSchedule,
  schedules.runSchedule,
  store.stats,
  history.history,
  autoscale.autoscale,
  store.listWorkers,
  processes.listProcesses,
  processes.setProcessConcurrency,
  processes.pauseProcesses,
  processes.resumeProcesses,
  processes.reloadProcesses,
  access.whoami,
  access.listTokens,
  access.addToken,
  access.revokeToken,
  access.listAudit,
]
