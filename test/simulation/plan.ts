import type { Backoff } from '../../src/base/backoff.ts'
import type { Rate, Unique } from '../../src/contract/job.ts'
import type { LimitSettings } from '../../src/contract/limits.ts'
import type { QueueShare } from '../../src/engine/options.ts'
import { drawProfile, type Profile } from './faults.ts'
import type { QueueLimit } from './limits.ts'
import type { Random } from './random.ts'

/** What one run of a handler does. */
export type Act =
  | { do: 'return'; afterMs: number; late?: boolean }
  | { do: 'throw'; afterMs: number; what: number }
  | { do: 'snooze' | 'retryIn'; afterMs: number; ms: number }
  | { do: 'giveUp'; afterMs: number }
  /** Waits for its signal, for ever if need be. */
  | { do: 'obey' }
  /** Does not look at its signal; without `afterMs` it never ends. */
  | { do: 'ignore'; afterMs: number | undefined }
  /** Takes its process along. */
  | { do: 'crash'; afterMs: number }
  /** Keeps the event loop, in native code perhaps, and then returns. */
  | { do: 'block'; afterMs: number; ms: number; native: boolean }

export interface JobPlan {
  n: number
  queue: string
  name: string
  atMs: number
  /** Which client enqueues it; undefined for a follow-up. */
  parent: number | undefined
  priority: number
  group: string | undefined
  unique: Unique | undefined
  delayMs: number | undefined
  attempts: number | undefined
  timeoutMs: number | undefined
  keep: boolean
  /** Run by run; the last one returns, unless it is a poison job. */
  acts: Act[]
  followUps: JobPlan[]
  defers: boolean
  poison: boolean
}

/** A job that keeps the loop may be the one to blame, whatever else it does. */
export const mayBlock = ({ acts }: JobPlan): boolean => acts.some((act) => act.do === 'block')

export interface GuardianPlan {
  blockMsMax: number
  stallMsMax: number
  /** It ends the process when it gives the lease up; else the loop may go on one day. */
  exits: boolean
}

export interface WorkerPlan {
  concurrency: number
  beatMs: number
  graceMs: number
}

export interface Plan {
  profile: Profile
  leaseMs: number
  /** Without one the beats renew the lease. */
  guardian: GuardianPlan | undefined
  stuckMs: number
  timeoutMs: number
  attempts: number
  backoff: Backoff
  lanesMax: number
  batchMax: number
  startSliceMs: number
  queues: string[]
  shares: Record<string, QueueShare>
  limits: Map<string, QueueLimit>
  workers: WorkerPlan[]
  jobs: JobPlan[]
  /** When the bad half ends. */
  healMs: number
}

const groupNames = ['g1', 'g2', 'g3', 'g4', 'g5']
export const jobNames = ['work', 'classified', 'newcomer'] as const

export function drawPlan(random: Random): Plan {
  const profile = drawProfile(random)
  const queues = ['q0', 'q1', 'q2'].slice(0, random.int(1, 3))
  const healMs = random.wide(4_000, 40_000)
  const base = {
    profile,
    leaseMs: Math.round(random.wide(1_500, 15_000)),
    guardian: random.chance(0.7) ? drawGuardian(random) : undefined,
    stuckMs: random.int(200, 3_000),
    timeoutMs: random.int(800, 4_000),
    attempts: random.int(1, 5),
    backoff: drawBackoff(random),
    lanesMax: random.pick([2, 3, 8]),
    batchMax: random.pick([2, 7, 50, 500]),
    startSliceMs: random.pick([0.1, 1.5]),
    queues,
    shares: Object.fromEntries(queues.map((queue) => [queue, drawShare(random)])),
    limits: new Map(queues.filter(() => random.chance(0.4)).map((queue) => [queue, drawLimit(random)])),
    workers: Array.from({ length: random.int(1, 4) }, () => ({
      concurrency: Math.round(random.wide(1, 60)),
      beatMs: random.int(100, 1_000),
      graceMs: random.int(0, 6_000),
    })),
    healMs,
  }
  return { ...base, jobs: drawJobs(base, random) }
}

function drawGuardian(random: Random): GuardianPlan {
  const stallMsMax = Math.round(random.wide(3_000, 30_000))
  return { blockMsMax: random.int(250, 1_500), stallMsMax, exits: random.chance(0.7) }
}

function drawBackoff(random: Random): Backoff {
  return {
    kind: random.pick(['fixed', 'linear', 'exponential'] as const),
    baseMs: random.int(0, 800),
    maxMs: 4_000,
    jitter: random.pick(['none', 'full', 'equal'] as const),
  }
}

function drawShare(random: Random): QueueShare {
  return {
    ...(random.chance(0.3) && { concurrency: random.int(1, 10) }),
    ...(random.chance(0.3) && { weight: random.int(1, 5) }),
  }
}

function drawLimit(random: Random): QueueLimit {
  return {
    queue: {
      ...(random.chance(0.4) && { concurrencyMax: random.int(1, 12) }),
      ...(random.chance(0.3) && { rates: [drawRate(random)] }),
      ...(random.chance(0.15) && { quota: drawQuota(random) }),
      ...(random.chance(0.15) && { depthMax: random.int(10, 60) }),
    },
    groups: {
      ...(random.chance(0.5) && { concurrencyMax: random.int(1, 4) }),
      ...(random.chance(0.3) && {
        rates: random.chance(0.3) ? [drawRate(random), drawRate(random)] : [drawRate(random)],
      }),
      ...(random.chance(0.2) && { quota: drawQuota(random) }),
    },
    own: Object.fromEntries(groupNames.filter(() => random.chance(0.3)).map((name) => [name, drawOwn(random)])),
  }
}

function drawOwn(random: Random): LimitSettings {
  return {
    ...(random.chance(0.6) && { weight: random.pick([0.5, 2, 3, 10]) }),
    ...(random.chance(0.3) && { concurrencyMax: random.int(1, 8) }),
    ...(random.chance(0.2) && { rates: random.chance(0.3) ? [] : [drawRate(random)] }),
    ...(random.chance(0.2) && { quota: drawQuota(random) }),
  }
}

/** What somebody makes of the limits of one group: other caps and weights, more or fewer jobs in a window. */
export function changedLimits({ quota, ...settings }: LimitSettings, random: Random): LimitSettings {
  return {
    ...settings,
    weight: random.pick([0.5, 1, 2, 10]),
    concurrencyMax: random.int(1, 8),
    ...(quota !== undefined && { quota: { ...quota, jobs: random.int(Math.ceil(quota.jobs / 2), 2 * quota.jobs) } }),
  }
}

function drawRate(random: Random): Rate {
  const perMs = random.int(100, 1_000)
  return { tokens: Math.max(1, Math.round(perMs / random.int(10, 100))), perMs, burst: random.int(1, 20) }
}

/** Windows that a seed can wait for, and never so few jobs that it would have to wait for long. */
function drawQuota(random: Random): { jobs: number; perMs: number } {
  const perMs = Math.round(random.wide(200, 10_000))
  return { jobs: Math.max(1, Math.round(perMs / random.int(30, 300))), perMs }
}

function drawJobs(plan: Omit<Plan, 'jobs'>, random: Random): JobPlan[] {
  const count = Math.round(random.wide(10, 150))
  const poisoned = random.chance(0.2) ? random.int(1, 2) : 0
  const style = {
    failing: random.fraction() * 0.6,
    hanging: random.chance(0.5) ? random.fraction() * 0.2 : 0,
    blocking: random.chance(0.4) ? random.wide(0.01, 0.2) : 0,
  }
  const keys = random.chance(0.4) ? random.int(1, 8) : 0
  const groups = random.chance(0.7) ? random.int(1, groupNames.length) : 0
  // One group has most of what waits, or all have the same.
  const skew = random.chance(0.5) ? random.between(1, 4) : 1
  const endMs = plan.healMs * random.between(0.3, 1.2)
  const jobs: JobPlan[] = []
  const draw = (parent: number | undefined, depth: number): JobPlan => {
    const queue = random.pick(plan.queues)
    const group =
      groups > 0 && random.chance(0.8) ? groupNames[Math.floor(groups * random.fraction() ** skew)] : undefined
    const job: JobPlan = {
      n: jobs.length,
      queue,
      name: random.chance(0.1) ? 'newcomer' : random.chance(0.2) ? 'classified' : 'work',
      atMs: random.chance(0.5) ? random.between(0, 50) : random.between(0, endMs),
      parent,
      priority: random.chance(0.5) ? 5 : random.int(0, 9),
      group,
      unique: keys > 0 && random.chance(0.5) ? drawUnique(keys, random) : undefined,
      delayMs: random.chance(0.2) ? random.int(0, 5_000) : undefined,
      attempts: random.chance(0.15) ? random.int(1, 4) : undefined,
      timeoutMs: random.chance(0.15) ? random.int(100, 2_000) : undefined,
      keep: random.chance(0.85),
      acts: drawActs(style, plan, random),
      followUps: [],
      defers: random.chance(0.1),
      poison: parent === undefined && jobs.length < poisoned,
    }
    jobs.push(job)
    if (job.poison) job.acts = [drawPoison(plan.guardian, random)]
    else if (depth < 2 && random.chance(0.1))
      job.followUps = Array.from({ length: random.int(1, 3) }, () => draw(job.n, depth + 1))
    return job
  }
  while (jobs.length < count) draw(undefined, 0)
  return jobs
}

function drawUnique(keys: number, random: Random): Unique {
  return {
    key: `k${random.int(1, keys)}`,
    mode: random.chance(0.6) ? 'keep' : 'replace',
    ...(random.chance(0.2) && { forMs: random.int(50, 5_000) }),
  }
}

/** Its process dies of it each time: at once, or because it never gives the loop back. */
function drawPoison(guardian: GuardianPlan | undefined, random: Random): Act {
  const afterMs = random.chance(0.3) ? 0 : random.wide(1, 500)
  if (guardian?.exits !== true || random.chance(0.5)) return { do: 'crash', afterMs }
  return { do: 'block', afterMs, ms: Infinity, native: random.chance(0.3) }
}

/** Short of the longest stall, mostly; at its edge now and then, where it may or may not be given up. Short of the lease without a guardian. */
function drawBlock({ guardian, leaseMs }: Pick<Plan, 'guardian' | 'leaseMs'>, random: Random): Act {
  const shortMs = guardian === undefined ? leaseMs * 0.3 : guardian.stallMsMax * 0.8
  const edgeMs = guardian === undefined || random.chance(0.8) ? undefined : drawEdge(guardian, random)
  const afterMs = random.chance(0.3) ? 0 : random.wide(0.5, 500)
  return { do: 'block', afterMs, ms: edgeMs ?? random.wide(50, shortMs), native: random.chance(0.3) }
}

/** About as long as a loop may stall: given up or not, and given back while the guardian still acts on it. */
export function drawEdge({ stallMsMax }: GuardianPlan, random: Random): number {
  return random.chance(0.5) ? stallMsMax * random.between(0.9, 2) : stallMsMax + random.between(0, 800)
}

interface Style {
  failing: number
  hanging: number
  blocking: number
}

function drawActs(style: Style, plan: Pick<Plan, 'guardian' | 'leaseMs'>, random: Random): Act[] {
  const acts: Act[] = []
  const afterMs = () => (random.chance(0.2) ? 0 : random.wide(0.5, 1_500))
  while (acts.length < 4 && random.chance(style.failing)) {
    acts.push(
      random.pick<Act>([
        { do: 'throw', afterMs: afterMs(), what: random.int(0, 99) },
        { do: 'throw', afterMs: afterMs(), what: random.int(0, 99) },
        { do: 'snooze', afterMs: afterMs(), ms: random.int(0, 3_000) },
        { do: 'retryIn', afterMs: afterMs(), ms: random.int(0, 3_000) },
        ...(random.chance(0.2) ? [{ do: 'giveUp', afterMs: afterMs() } as const] : []),
      ]),
    )
  }
  if (random.chance(style.hanging)) {
    acts.push(
      random.chance(0.5)
        ? { do: 'obey' }
        : { do: 'ignore', afterMs: random.chance(0.3) ? undefined : random.wide(500, 10_000) },
    )
  }
  if (random.chance(style.blocking)) acts.push(drawBlock(plan, random))
  else acts.push({ do: 'return', afterMs: afterMs(), late: random.chance(0.05) })
  return acts
}
