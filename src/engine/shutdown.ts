import { answered } from '../base/answered.ts'
import { emit } from '../base/emit.ts'
import { within } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Attempt } from './attempt.ts'
import type { Engine } from './engine.ts'

/** The part of the grace in which jobs may end by themselves; in the rest their signals are aborted. */
const patientPart = 0.8
/** Verdicts are written down for at most this long after the grace. */
const settleMsMax = 5_000

/**
 * Shutdown burns nothing: stop claiming; let jobs end; then abort their signals and wait for them; release what is still
 * unfinished, its attempt given back. The lease is renewed until the end. `hurry` skips the waiting.
 */
export async function shutDown(
  engine: Engine,
  graceMs: number,
  hurry: Promise<void>,
  abandon: (attempt: Attempt) => Promise<void>,
): Promise<number> {
  const { env } = engine.options
  let hurried = false
  void hurry.then(() => (hurried = true))
  // A reserve under way may bring jobs yet; the store may be silent, so that its answer has no more time than the jobs.
  const over = Promise.race([Promise.all([engine.intake.stop(), engine.roster.empty()]), hurry])
  engine.releaseUnstarted()
  engine.options.lane?.drain()
  await within(env, graceMs * patientPart, over)
  for (const { fiber } of engine.roster.attempts()) {
    fiber.abort(
      'shutdown',
      new FiberWorkError('FW_SHUTDOWN', 'The worker is stopping; the job goes back to its queue.'),
    )
  }
  await within(env, hurried ? 0 : graceMs * (1 - patientPart), over)
  const unfinished = [...engine.roster.attempts()]
  await within(env, settleMsMax, Promise.all(unfinished.map(abandon)))
  await within(env, settleMsMax, engine.settler.idle())
  engine.governor.end()
  engine.watch.end()
  engine.endCalls()
  await Promise.all([engine.beat.stop(), engine.sweeper.stop()])
  await leave(engine)
  const { released } = engine
  emit('worker.stopped', () => ({ worker: engine.session, released }))
  return released
}

/** What cannot be told to the store any more comes back when the lease ends. */
async function leave({ options: { env, driver } }: Engine): Promise<void> {
  try {
    await answered(env, { verb: 'close', timeoutMs: settleMsMax }, driver.close())
  } catch (error) {
    emit('store.failed', () => ({ verb: 'close', error, tries: 1, givenUp: true }))
  }
}
