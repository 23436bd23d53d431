import type { Driver, QueueDepth } from '../contract/driver.ts'
import type { Health } from '../contract/health.ts'
import type { Engine } from '../engine/engine.ts'

/** The store must answer within this. */
const silenceMsMax = 30_000
/** With a backlog and free slots, a job must be taken within this. */
const idleMsMax = 30_000

/** Health means progress, not "the process is up": a silent store or a backlog without claims is unhealthy. */
export async function healthOf(engine: Engine): Promise<Health> {
  const { env, driver } = engine.options
  const now = env.monoMs()
  const answeredMsAgo = Math.round(now - Math.max(engine.intake.answeredMonoMs, engine.beat.answeredMonoMs))
  const reasons: string[] = []
  if (engine.state === 'stopped') {
    reasons.push('the worker has stopped')
  } else if (answeredMsAgo > silenceMsMax) {
    reasons.push(`the store has not answered for ${Math.round(answeredMsAgo / 1_000)} s`)
  } else if (engine.state === 'running' && engine.inFlight === 0 && now - engine.intake.tookMonoMs > idleMsMax) {
    reasons.push(...(await neglected(driver, engine.queues)))
  }
  return {
    ok: reasons.length === 0,
    reasons,
    state: engine.state,
    running: engine.roster.size,
    answeredMsAgo,
    leaseKeptBy: engine.lease.isOurs ? 'beats' : 'guardian',
  }
}

async function neglected(driver: Driver, queues: string[]): Promise<string[]> {
  const reasons: string[] = []
  for (const depth of await driver.depth(queues)) {
    if (!isWaiting(depth) || (await mayBeLimited(driver, depth.queue))) continue
    reasons.push(`${depth.ready} jobs wait in "${depth.queue}", slots are free, and none is taken`)
  }
  return reasons
}

/** Somebody else may be at work on it: then it is not neglected. */
function isWaiting({ paused, running, oldestReadyMs = 0 }: QueueDepth): boolean {
  return !paused && running === 0 && oldestReadyMs > idleMsMax
}

/** A rate, a quota or a freeze may well let nothing go for half a minute. */
async function mayBeLimited(driver: Driver, queue: string): Promise<boolean> {
  if (driver.limits === undefined) return false
  const limits = await driver.limits.read(queue)
  const settings = [limits.queue, limits.groups, ...Object.values(limits.group)]
  return limits.frozen.length > 0 || settings.some(({ rates = [], quota }) => rates.length > 0 || quota !== undefined)
}
