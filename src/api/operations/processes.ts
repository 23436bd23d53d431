import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { FleetAnswer } from '../../contract/fleet.ts'
import type { Snapshot } from '../../contract/dashboard.ts'
import { demandAll } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { name } from '../schemas/common.ts'

const snapshot = z
  .unknown()
  .meta({ description: 'Everything a dashboard shows of one worker: `Snapshot` of the package.' })

const processes = z.object({
  processes: z.array(z.object({ process: z.int(), pid: z.int(), snapshot })),
  missing: z.array(z.string()).meta({ description: 'What keeps the others from answering.' }),
})

export const listProcesses = operation({
  id: 'listProcesses',
  method: 'GET',
  path: '/v1/processes',
  tag: 'Workers',
  right: 'see',
  summary: 'The worker processes of this machine, each as its dashboard shows it',
  answer: processes,
  async run({ fleet }, { caller }) {
    demandAll(caller)
    const { answers, missing } = await fleet.ask('snapshot', undefined)
    return {
      processes: answers.map(({ process, pid, answer }) => ({ process, pid, snapshot: answer as Snapshot })),
      missing,
    }
  },
})

const acted = z.object({
  processes: z.array(z.object({ process: z.int(), pid: z.int(), answer: z.unknown() })),
  missing: z.array(z.string()),
})

export const setProcessConcurrency = operation({
  id: 'setProcessConcurrency',
  method: 'PUT',
  path: '/v1/processes/concurrency',
  tag: 'Workers',
  right: 'act',
  summary: 'Jobs at once in each worker process of this machine, or of one queue in each; until they are started anew',
  body: z.strictObject({ concurrency: z.int().min(1).max(100_000), queue: name.exactOptional() }),
  answer: acted,
  audit: ({ body }) => ({ ...body }),
  async run({ fleet }, { body, caller }) {
    demandAll(caller)
    return answered(await fleet.ask('setConcurrency', body))
  },
})

export const pauseProcesses = operation({
  id: 'pauseProcesses',
  method: 'POST',
  path: '/v1/processes/pause',
  tag: 'Workers',
  right: 'act',
  summary: 'The worker processes of this machine take nothing more',
  answer: acted,
  audit: () => ({}),
  async run({ fleet }, { caller }) {
    demandAll(caller)
    return answered(await fleet.ask('pause', undefined))
  },
})

export const resumeProcesses = operation({
  id: 'resumeProcesses',
  method: 'POST',
  path: '/v1/processes/resume',
  tag: 'Workers',
  right: 'act',
  summary: 'They take jobs again',
  answer: acted,
  audit: () => ({}),
  async run({ fleet }, { caller }) {
    demandAll(caller)
    return answered(await fleet.ask('resume', undefined))
  },
})

export const reloadProcesses = operation({
  id: 'reloadProcesses',
  method: 'POST',
  path: '/v1/processes/reload',
  tag: 'Workers',
  right: 'manage',
  summary: 'Put new worker processes in the place of those of this machine, one after the other',
  description:
    'As `fiber-work reload` does: new code, new config file, never fewer at work than before. It is answered when the last of the old ones has drained; events tell of each (`process.up`, `process.ended`).',
  answer: z.object({ replaced: z.int(), processes: z.int(), refused: z.string().optional() }),
  audit: () => ({}),
  async run({ fleet }, { caller }) {
    demandAll(caller)
    if (fleet.reload === undefined) {
      throw new FiberWorkError(
        'FW_RELOAD_REFUSED',
        'There is no supervisor beside this API that could replace processes.',
      )
    }
    return fleet.reload()
  },
})

function answered({ answers, missing }: FleetAnswer<unknown>): z.output<typeof acted> {
  if (answers.length === 0 && missing.length === 0) {
    throw new FiberWorkError('FW_API_NOT_FOUND', 'There is no worker process beside this API.')
  }
  return { processes: answers, missing }
}

export type ProcessesView = z.output<typeof processes>
