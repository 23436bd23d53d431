import { type JobPlan, mayBlock } from './plan.ts'
import { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { type ShadowJob, shortName } from './shadow-job.ts'
import type { World } from './world.ts'

/** What must be true when everything has ended and everybody has left. */
export async function checkFinals(world: World, scenario: Scenario): Promise<void> {
  for (const shadow of world.shadow.jobs.values()) checkJob(world, shadow)
  checkAcks(world, scenario)
  checkFollowUps(world)
  const undisturbed = !world.seen.has('a guardian that gives up') && !world.plan.jobs.some(({ poison }) => poison)
  if (world.plan.profile.calm && undisturbed) checkCalm(world)
  await checkCounters(world)
  await checkKeys(world)
}

function checkJob(world: World, shadow: ShadowJob): void {
  world.shadow.compare(shadow)
  const { job, state } = shadow
  const plan = world.planOf.get(job.id)!
  const name = `${shortName(job)} (${plan.n})`
  world.see(`${plan.poison ? 'a poison' : 'a'} job that ends ${state}`)
  if (state === 'quarantined') checkQuarantined(world, shadow, plan, name)
  if (plan.poison && (state === 'done' || state === 'dead')) world.fail(`${name} is poison and ${state}`)
}

/**
 * Law 6, however many poison jobs there are, and however they kill: the last crash was its own doing: it befell it alone, or its guardian
 * has named it.
 * An innocent can only have been unlucky: killed while it ran alone, or before the store could hear that it had not begun, or
 * that it had ended.
 */
function checkQuarantined(
  { crashes: counted, plan: { profile }, fail, see }: World,
  shadow: ShadowJob,
  plan: JobPlan,
  name: string,
) {
  if (shadow.crashes < 4) fail(`${name} is quarantined after ${shadow.crashes} crashes`)
  const last = counted.of.get(shadow.job.id)?.at(-1)
  const guilty = plan.poison || mayBlock(plan)
  const byItself = last?.cause.startsWith(`job ${plan.n},`) === true || last?.how === 'accused'
  if (guilty && byItself && last?.how !== 'in company') return
  const unheard = last?.how === 'not begun' || (last?.how === 'ended' && !profile.calm)
  const unlucky = last?.cause === 'nobody' || unheard
  if (last?.how !== 'alone' && !unlucky) fail(`${name} is quarantined, and its last crash was ${last?.how}`)
  if (!guilty) see(`an unlucky innocent (${last?.how})`)
  if (!guilty && !unlucky) fail(`${name} is quarantined and innocent`)
}

/** Nothing acknowledged is lost, nothing exists that nobody sent, and one enqueue made one job at most. */
function checkAcks({ shadow, planOf, fail, plan }: World, { acks }: Scenario): void {
  const made = new Map<number, string[]>()
  for (const id of shadow.jobs.keys()) {
    const { n, parent } = planOf.get(id)!
    if (parent === undefined) made.set(n, [...(made.get(n) ?? []), id])
  }
  for (const [n, ids] of made) if (ids.length > 1) fail(`one enqueue of ${n} made ${ids.length} jobs`)
  for (const [n, ack] of acks) {
    if ('error' in ack) {
      if (plan.profile.calm && (ack.error as { code?: string }).code !== 'FW_QUEUE_FULL')
        fail(`the enqueue of ${n} failed in a calm world: ${String(ack.error)}`)
      continue
    }
    const mine = made.get(n)?.[0]
    if (ack.outcome === 'duplicate' ? mine !== undefined : mine !== ack.id)
      fail(`the enqueue of ${n} was acknowledged as ${ack.outcome}, and its job is ${mine ?? 'not there'}`)
  }
}

/** Follow-ups exist exactly where the verdict of the run that asked for them was accepted. */
function checkFollowUps({ runs, shadow, planOf, fail }: World): void {
  const rightful = new Set<string>()
  for (const run of runs.byReceipt.values()) {
    if (run.verdict === 'done' && run.outcome === 'settled') for (const id of run.followUps) rightful.add(id)
  }
  for (const id of shadow.jobs.keys()) {
    if (planOf.get(id)?.parent !== undefined && !rightful.has(id))
      fail(`the follow-up ${id} exists, and no accepted verdict carried it`)
  }
}

/** Without faults and poison: no run for nothing, nobody swept, no worker revoked, nothing left for `close` to give back. */
function checkCalm({ runs, shadow, workers, seen, fail }: World): void {
  if (seen.has('a stale settle')) fail('a settle was stale in a calm world')
  for (const { job, crashes } of shadow.jobs.values())
    if (crashes > 0) fail(`${shortName(job)} has ${crashes} crashes in a calm world`)
  for (const run of runs.byReceipt.values()) {
    if (run.outcome !== 'settled')
      fail(`a run of ${run.plan.n} in a calm world came to nothing (${run.verdict}, ${run.outcome})`)
  }
  for (const { client, swept } of shadow.sessions.values())
    if (swept && workers.has(client)) fail(`${client} was swept in a calm world`)
}

/** The store's own counters say what its jobs say. */
async function checkCounters({ auditor, shadow, plan, fail }: World): Promise<void> {
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const audit = await auditor.inspector.audit(cursor)
    if (audit.repaired > 0) fail(`the audit had to repair ${audit.repaired} counters`)
    cursor = audit.cursor
  }
  for (const depth of await auditor.depth(plan.queues)) {
    const mine = [...shadow.jobs.values()].filter(
      ({ job, forgotten }) => job.queue === depth.queue && forgotten === 'no',
    )
    for (const state of ['done', 'dead', 'cancelled', 'quarantined', 'running'] as const) {
      const expected = mine.filter((one) => one.state === state).length
      if (depth[state] !== expected) fail(`${depth.queue} counts ${depth[state]} ${state}, and ${expected} are`)
    }
    if (depth.ready + depth.delayed > 0)
      fail(`${depth.queue} still counts ${depth.ready} ready and ${depth.delayed} delayed jobs`)
  }
}

/** Whatever key was ever used: free, unless its window still holds it. */
async function checkKeys({ auditor, shadow, seed }: World): Promise<void> {
  const random = new Random(seed, 'keys')
  const used = new Map(
    [...shadow.jobs.values()]
      .filter(({ job }) => job.unique !== undefined)
      .map(({ job }) => [`${job.queue} ${job.unique!.key}`, job]),
  )
  let seq = 0
  for (const job of used.values()) {
    const probe = { ...job, id: random.id(seq), unique: { key: job.unique!.key, mode: 'keep' as const } }
    shadow.enqueued([probe], await auditor.enqueue({ lane: 0, seq: ++seq }, [probe]))
  }
}
