import type { ApiClient } from '../api/client/client.ts'
import { systemEnv } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'

/** As long as an API waits for one request. */
const waitMsMax = 60_000

/** What a job's handler has returned. Throws `FW_JOB_DEAD`, `FW_JOB_CANCELLED`, `FW_JOB_UNKNOWN`, `FW_RESULT_TIMEOUT`. */
export async function waitForResult(api: ApiClient, id: string, waitMs: number): Promise<unknown> {
  const untilMonoMs = systemEnv.monoMs() + waitMs
  for (;;) {
    const leftMs = Math.ceil(untilMonoMs - systemEnv.monoMs())
    const { state, settled, result, error } = await api.jobs.result(id, {
      waitMs: Math.max(0, Math.min(waitMsMax, leftMs)),
    })
    switch (state) {
      case 'done':
        return result
      case 'unknown':
        throw new FiberWorkError(
          'FW_JOB_UNKNOWN',
          `There is no record of the job ${id}; is its result kept (\`keep\`)?`,
        )
      case 'cancelled':
        throw new FiberWorkError('FW_JOB_CANCELLED', `The job ${id} was cancelled.`)
      default:
        if (settled)
          throw new FiberWorkError('FW_JOB_DEAD', `The job ${id} is ${state}: ${error ?? 'no reason is kept'}`)
        if (leftMs <= waitMsMax && systemEnv.monoMs() >= untilMonoMs)
          throw new FiberWorkError('FW_RESULT_TIMEOUT', `The job ${id} is ${state} after ${waitMs} ms.`)
    }
  }
}
