import type { Engine } from '../engine/engine.ts'

export interface Health {
  ok: boolean
  /** What is wrong, in words; empty when nothing is. */
  reasons: string[]
  state: string
  running: number
  /** Since the store last answered the worker's claims and beats. */
  answeredMsAgo: number
}

/** The store must answer within this. */
const silenceMsMax = 30_000
/** With a backlog and free slots, a job must be taken within this. */
const idleMsMax = 30_000

/** Health means progress, not "the process is up": a silent store or a backlog without claims is unhealthy. */
export async function healthOf(engine: Engine): Promise<Health> {
  const { env, driver } = engine.options
  const now = env.monoMs()
  const answeredMsAgo = now - Math.max(engine.intake.answeredMonoMs, engine.beat.answeredMonoMs)
  const reasons: string[] = []
  if (engine.state !== 'stopped' && answeredMsAgo > silenceMsMax) {
    reasons.push(`the store has not answered for ${Math.round(answeredMsAgo / 1_000)} s`)
  } else if (engine.state === 'running' && now - engine.intake.tookMonoMs > idleMsMax && engine.inFlight === 0) {
    const depths = await driver.depth(engine.queues)
    const waiting = depths.filter((depth) => !depth.paused && (depth.oldestReadyMs ?? 0) > idleMsMax)
    for (const { queue, ready } of waiting)
      reasons.push(`${ready} jobs wait in "${queue}", slots are free, and none is taken`)
  }
  if (engine.state === 'stopped') reasons.push('the worker has stopped')
  return {
    ok: reasons.length === 0,
    reasons,
    state: engine.state,
    running: engine.roster.size,
    answeredMsAgo: Math.round(answeredMsAgo),
  }
}
