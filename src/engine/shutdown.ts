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
  const { env, driver } = engine.options
  let hurried = false
  void hurry.then(() => (hurried = true))
  const unstarted = await stopTaking(engine)
  await within(env, graceMs * patientPart, Promise.race([engine.roster.empty(), hurry]))
  for (const { fiber } of engine.roster.attempts()) {
    fiber.abort('shutdown', new FiberWorkError('FW_SHUTDOWN', 'The worker is stopping; the job goes back to its queue.'))
  }
  await within(env, hurried ? 0 : graceMs * (1 - patientPart), Promise.race([engine.roster.empty(), hurry]))
  const unfinished = [...engine.roster.attempts()]
  await within(env, settleMsMax, Promise.all(unfinished.map(abandon)))
  await within(env, settleMsMax, engine.settler.idle())
  engine.governor.end()
  engine.watch.end()
  await Promise.all([engine.beat.stop(), engine.sweeper.stop()])
  await within(env, settleMsMax, driver.close())
  const released = unstarted + unfinished.length
  emit('worker.stopped', () => ({ worker: engine.session, released }))
  return released
}

async function stopTaking(engine: Engine): Promise<number> {
  await engine.intake.stop()
  const unstarted = engine.pace.clear()
  for (const loan of unstarted) engine.settler.push(loan, { kind: 'release' })
  return unstarted.length
}
