import type { Job, Queue } from 'bullmq'
import type { Finding } from '../../src/contract/index.ts'
import type { Link } from './link.ts'

/** So many jobs of a list are looked at, the next ones first: what is rare in a long queue may be missed, and the text says so. */
const sampleMax = 500
/** After so many crashes a job is quarantined. */
const crashesMax = 3
/** What `defineQueue` and `fromBullMQ` accept as a queue's name. */
const queueName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/

/** What a sample of the jobs that wait or run shows. */
interface Sample {
  jobs: number
  children: number
  proGroups: number
  /** Have stalled more often than our probation forgives. */
  crashed: number
  strategies: Set<string>
}

/** What waits in BullMQ's queues, and what of it a worker of ours handles, needs help with, or refuses. */
export async function diagnose(link: Link): Promise<Finding[]> {
  const names = await link.queueNames()
  const { prefix } = link.settings
  if (names.length === 0) {
    const text = `no queue under the prefix "${prefix}"; if there should be some, add ?prefix=… to the URL`
    return [{ name: 'queues', state: 'warn', text }]
  }
  const findings: Finding[] = []
  for (const name of names) findings.push(...(await diagnoseQueue(link, name)))
  findings.push({
    name: 'unseen',
    state: 'ok',
    text:
      'only the code of a BullMQ worker shows these: its `limiter`, `settings.backoffStrategy` and processors that are files. ' +
      'fromBullMQ takes the second, and refuses the others by name',
  })
  return findings
}

async function diagnoseQueue(link: Link, name: string): Promise<Finding[]> {
  const queue = link.queue(name)
  const sample = await sampled(queue)
  const found = [
    await counted(queue),
    named(name),
    await pausedByVersion5(link, queue),
    flowing(await queue.getWaitingChildrenCount(), sample),
    ...(await scheduled(link, queue)),
    strategic(sample),
    crashing(sample),
    grouped(sample, await link.redis.exists(queue.toKey('groups'))),
    await limited(queue),
  ]
  return found.flatMap((finding) => (finding === undefined ? [] : [{ ...finding, name: `${finding.name} ${name}` }]))
}

async function sampled(queue: Queue): Promise<Sample> {
  const jobs = (await queue.getJobs(
    ['waiting', 'prioritized', 'delayed', 'waiting-children'],
    0,
    sampleMax - 1,
    true,
  )) as Job[]
  const sample: Sample = { jobs: jobs.length, children: 0, proGroups: 0, crashed: 0, strategies: new Set() }
  for (const { parentKey, opts, stalledCounter } of jobs) {
    const { backoff } = opts
    if (parentKey !== undefined) sample.children++
    if ('group' in opts) sample.proGroups++
    if (stalledCounter > crashesMax) sample.crashed++
    if (typeof backoff === 'object' && backoff.type !== 'fixed' && backoff.type !== 'exponential') {
      sample.strategies.add(backoff.type)
    }
  }
  return sample
}

async function counted(queue: Queue): Promise<Finding> {
  const [counts, version, workers] = await Promise.all([
    queue.getJobCounts(),
    queue.getVersion().catch(() => null),
    queue.getWorkersCount().catch(() => undefined),
  ])
  const shown = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
  const others = workers === undefined || workers === 0 ? '' : `; workers attached: ${workers}, who share it with us`
  const text = `${shown.join(', ') || 'empty'}; written by ${version ?? 'an unknown version'}${others}`
  return { name: 'queue', state: 'ok', text, data: { ...counts, version, workers } }
}

function named(name: string): Finding | undefined {
  if (queueName.test(name)) return undefined
  const text = 'refused: a queue of ours has 1 to 63 of A–Z a–z 0–9 _ . - in its name, and does not start with . or -'
  return { name: 'name', state: 'fail', text }
}

async function pausedByVersion5(link: Link, queue: Queue): Promise<Finding | undefined> {
  const count = await link.redis.llen(queue.toKey('paused'))
  if (count === 0) return undefined
  const text = `${count} jobs lie in the list into which BullMQ 5 pauses, where version 6 and we do not look; resume the queue`
  return { name: 'paused', state: 'warn', text }
}

function flowing(parents: number, { jobs, children }: Sample): Finding | undefined {
  if (parents + children === 0) return undefined
  const text = `handled: ${parents} parents wait for children, ${children} of ${jobs} looked at are children`
  return { name: 'flows', state: 'ok', text, data: { parents, children } }
}

/** A scheduler of version 5.16 or later has a hash of its own; what came before it is a key alone, which BullMQ 6 has given up. */
async function scheduled(link: Link, queue: Queue): Promise<Finding[]> {
  const ids = await link.redis.zrange(queue.toKey('repeat'), '0', String(sampleMax - 1))
  const asked = link.redis.pipeline()
  for (const id of ids) asked.hexists(queue.toKey(`repeat:${id}`), 'ic')
  const answers = (await asked.exec()) ?? []
  const legacy = ids.filter((_, i) => answers[i]?.[1] !== 1)
  const findings: Finding[] = []
  if (ids.length > legacy.length) {
    const text = `handled: ${ids.length - legacy.length} job schedulers; each run that is taken puts the next one in its place`
    findings.push({ name: 'schedulers', state: 'ok', text })
  }
  if (legacy.length > 0) {
    const text = `refused: ${legacy.length} repeatable jobs of the old kind stop after their next run, with BullMQ 6 too; make them anew with upsertJobScheduler: ${legacy.slice(0, 5).join(', ')}`
    findings.push({ name: 'repeat', state: 'fail', text, data: legacy })
  }
  return findings
}

function strategic({ strategies }: Sample): Finding | undefined {
  if (strategies.size === 0) return undefined
  const types = [...strategies].join(', ')
  const text = `needs help: jobs ask for the backoff strategies ${types}; hand them over as settings.backoffStrategy of fromBullMQ, or the definition’s own backoff is used`
  return { name: 'backoff', state: 'warn', text, data: [...strategies] }
}

function crashing({ crashed, jobs }: Sample): Finding | undefined {
  if (crashed === 0) return undefined
  const text = `${crashed} of ${jobs} jobs looked at have stalled more than ${crashesMax} times: they are quarantined, as failed jobs, and not run; remove and add them again if they are innocent`
  return { name: 'stalled', state: 'warn', text }
}

function grouped({ proGroups }: Sample, exists: number): Finding | undefined {
  if (proGroups === 0 && exists === 0) return undefined
  const text = 'refused: jobs in groups of BullMQ Pro lie in keys that only Pro reads; they are never taken'
  return { name: 'groups', state: 'fail', text }
}

/** In the store, and so enforced by BullMQ’s scripts for us as well; version 5 had only the worker’s option before 5.5x. */
async function limited(queue: Queue): Promise<Finding | undefined> {
  const concurrency = (await queue.getGlobalConcurrency?.()) ?? undefined
  const rate = (await queue.getGlobalRateLimit?.()) ?? undefined
  const parts = [
    ...(concurrency === undefined ? [] : [`at most ${concurrency} at once`]),
    ...(rate === undefined ? [] : [`${rate.max} in ${rate.duration} ms`]),
  ]
  if (parts.length === 0) return undefined
  return { name: 'limits', state: 'ok', text: `handled: ${parts.join(', ')}, over all workers` }
}
