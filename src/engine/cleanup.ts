import { emit } from '../base/emit.ts'
import { type Env, within } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Cleanup, Fiber } from '../sandbox/fiber.ts'
import { jobEvent } from './events.ts'

/** Runs what is still to be done for the job to be done, one after the other; one may add another. What fails, fails the job. */
export async function conclude({ conclusions = [] }: Fiber): Promise<void> {
  for (const run of conclusions) await run()
}

/** Runs what is to be done at a job's end, one after the other. What fails, or takes too long, is told. */
export async function cleanUp(env: Env, fiber: Fiber, cleanups: readonly Cleanup[]): Promise<void> {
  const event = jobEvent(fiber)
  for (const { what, run, withinMs } of cleanups) {
    try {
      const running = run()
      if (withinMs === undefined) await running
      else if (running instanceof Promise && !(await within(env, withinMs, running))) throw tooLate(what, withinMs)
    } catch (error) {
      emit('job.disposal', () => ({ ...event, what, error }))
    }
  }
}

function tooLate(what: string, ms: number): FiberWorkError {
  return new FiberWorkError('FW_CALL_TIMEOUT', `It took longer than ${ms} ms to let go of ${what}.`)
}
