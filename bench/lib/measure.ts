import { join } from 'node:path'
import { startService } from '../../stress/service/service.ts'
import { judge } from './bars.ts'
import type { Case, Contender } from './case.ts'
import { contend, type Running } from './contend.ts'
import { machineOf } from './machine.ts'
import { runFolder } from './prepare.ts'
import type { Result } from './print.ts'
import { printProfiles } from './profile.ts'
import { type RedisServer, redisVersion, startRedis } from './redis.ts'
import { printRedisStats } from './redis-stats.ts'
import { rowsOf, type Samples } from './stats.ts'
import { sweepOf, type Swept } from './sweep.ts'

export interface Measuring {
  rounds?: number
  /** Over the arguments of every contender. */
  args: Record<string, unknown>
  /** Only contenders whose name contains this. */
  only?: string
  profile: boolean
  /** Print what commands and scripts cost Redis. */
  redisStats: boolean
}

/** Why a case cannot run here. */
export function lacks(asked: Case): string | undefined {
  return asked.redis === true && redisVersion() === undefined ? 'needs redis-server and redis-cli' : undefined
}

/** Sweep the peers, then run the contenders in alternating rounds. */
export async function measure(asked: Case, measuring: Measuring): Promise<Result> {
  await using redis = asked.redis === true ? await startRedis({ stats: measuring.redisStats }) : undefined
  const run = (contender: Contender) => runOnce(asked, contender, measuring, redis)
  const sweeps: Swept[] = []
  const contenders: Contender[] = []
  for (const entrant of asked.contenders.filter(({ name }) => name.includes(measuring.only ?? ''))) {
    if (!('settings' in entrant)) contenders.push(entrant)
    else {
      const metric = asked.metrics.find(({ name }) => name === entrant.metric)!
      console.error(`  trying ${entrant.settings.length} settings of ${entrant.name} …`)
      const swept = await sweepOf(entrant, metric, run)
      console.error(`  ${entrant.name} is best with ${swept.tried[0]!.setting}`)
      sweeps.push(swept)
      contenders.push(swept.winner)
    }
  }
  const samples = await compare(contenders, measuring.rounds ?? asked.rounds ?? 5, run)
  const complete = contenders.length === asked.contenders.length
  return {
    case: asked.name,
    machine: machineOf(asked),
    sweeps,
    rows: rowsOf(asked, samples),
    bars: complete ? (asked.bars ?? []).map((bar) => judge(bar, samples)) : [],
  }
}

async function compare(
  contenders: Contender[],
  rounds: number,
  run: (contender: Contender) => Promise<Record<string, number>>,
): Promise<Samples> {
  const samples: Samples = new Map(contenders.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    // Every other round backwards: whoever always runs second gets the warmer machine.
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const contender of order) {
      const metrics = await run(contender)
      samples.get(contender)!.push(metrics)
      console.error(`  round ${round + 1}/${rounds}  ${contender.name}  ${JSON.stringify(metrics)}`)
    }
  }
  return samples
}

async function runOnce(
  asked: Case,
  contender: Contender,
  { args, profile, redisStats }: Measuring,
  redis: RedisServer | undefined,
): Promise<Record<string, number>> {
  redis?.empty()
  await using service = asked.service === undefined ? undefined : await startService(asked.service)
  const running: Running = {
    args: { ...(service && { origins: service.origins }), ...(redis && { redis: redis.url }), ...args },
    ...(profile && { profileTo: profileFolder(asked, contender) }),
  }
  const metrics = await contend(contender, running)
  if (redisStats && redis !== undefined) await printRedisStats(redis.url)
  if (running.profileTo !== undefined) printProfiles(running.profileTo)
  return metrics
}

/** A folder a run: what lies in it was written by one process. */
function profileFolder(asked: Case, contender: Contender): string {
  const plain = contender.name.replaceAll(/[^\w.-]+/g, '-')
  return join(runFolder, 'profiles', `${asked.name}-${plain}-${process.pid}-${Math.round(performance.now())}`)
}
