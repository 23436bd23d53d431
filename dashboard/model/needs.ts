import type { Snapshot } from '../../src/contract/dashboard.ts'
import type { QueueDepth } from '../../src/contract/driver.ts'
import { isCut } from './dead-sample.ts'
import type { FailureGroup } from './failure-groups.ts'
import { filterQuery } from './filter-text.ts'
import type { Fleet, SeenProcess } from './fleet.ts'
import { count, duration, percent, plural } from './format.ts'
import { cutReason, heapShare, heapShareMax, loopIsLate, shortPlace } from './health.ts'

/** Something that a person should know, and the page where one does something about it. */
export interface Need {
  /** `human`: nothing gets better until somebody acts. `watch`: it is dealt with, and one should know. */
  level: 'human' | 'watch'
  title: string
  /** The particulars, one line. */
  text: string
  /** When it happened; absent: it is so now. */
  atMs?: number
  /** A path of the page, from where it is mounted. */
  href: string
}

/** What is held back, as the limits tell. */
export interface Held {
  queue: string
  /** Of its groups with most jobs, those that are kept from being taken, by what keeps them. */
  groups: { group?: string | undefined; ready: number; held?: string | undefined }[]
}

export interface World {
  fleet: Fleet
  queues: readonly Pick<QueueDepth, 'queue' | 'dead' | 'quarantined' | 'paused' | 'ready'>[]
  failures: readonly FailureGroup[]
  /** Queues of which only the newest dead jobs were looked at. */
  cut: readonly string[]
  held: readonly Held[]
  nowMs: number
}

/** A block is news for so long. */
const blockedForMs = 120_000
const goneForMs = 600_000
const failuresShown = 3

/** Everything that wants attention, the most urgent first; empty on a good day. */
export function needs({ fleet, queues, failures, cut, held, nowMs }: World): Need[] {
  const there = fleet.processes.filter(({ gone }) => gone === undefined)
  const found = [
    ...fleet.processes.flatMap((one) => goneNeed(one, nowMs)),
    ...blockNeeds(there.filter((one) => isBlockNews(one, nowMs))),
    ...there.flatMap((one) => processNeeds(one, nowMs)),
    ...deadNeeds(queues, failures, cut),
    ...queues.filter(({ paused }) => paused).map(pausedNeed),
    ...held.flatMap(heldNeed),
  ]
  return found.toSorted((one, other) => Number(other.level === 'human') - Number(one.level === 'human'))
}

/** `worker 1 (pid 4711)` */
export function nameOf({ process, pid }: Pick<SeenProcess, 'process' | 'pid'>): string {
  return `worker ${process} (pid ${pid})`
}

function goneNeed(one: SeenProcess, nowMs: number): Need[] {
  const { gone } = one
  if (gone === undefined || gone.asked || nowMs - gone.atMs > goneForMs) return []
  const text = gone.how ?? 'it no longer answers'
  return [{ level: 'human', title: `${nameOf(one)} is gone`, text, atMs: gone.atMs, href: '/workers' }]
}

function isBlockNews({ snapshot: { blocked } }: SeenProcess, nowMs: number): boolean {
  return blocked !== undefined && nowMs - blocked.atMs < blockedForMs
}

/** One job that blocks several workers is one thing to know. */
function blockNeeds(blocked: readonly SeenProcess[]): Need[] {
  const byJob = Map.groupBy(blocked, ({ snapshot }) => snapshot.blocked?.name)
  return [...byJob].map(([name, workers]) => {
    const [newest, ...others] = workers.toSorted(
      (one, other) => other.snapshot.blocked!.atMs - one.snapshot.blocked!.atMs,
    )
    const { sure, blockedMs, atMs, at } = newest!.snapshot.blocked!
    const who = name === undefined ? 'Something' : sure === 'exact' ? name : `Perhaps ${name}`
    const where = others.length === 0 ? nameOf(newest!) : `${nameOf(newest!)} and ${plural(others.length, 'other')}`
    return {
      level: 'human',
      title: `${who} blocked the loop for ${duration(blockedMs)}`,
      text: at === undefined ? where : `${shortPlace(at)}, in ${where}`,
      atMs,
      href: '/workers',
    }
  })
}

function processNeeds(one: SeenProcess, nowMs: number): Need[] {
  const { snapshot } = one
  const found: Need[] = []
  const add = (level: Need['level'], title: string, text: string, atMs?: number) =>
    found.push({ level, title, text, href: '/workers', ...(atMs !== undefined && { atMs }) })
  const { totals, fibers } = snapshot
  if (!isBlockNews(one, nowMs) && loopIsLate(snapshot)) {
    add('watch', 'The event loop is late', `${nameOf(one)}: p99 ${duration(snapshot.loopDelayMs.p99)}`)
  }
  if (heapShare(snapshot) > heapShareMax)
    add('human', `The heap is at ${percent(heapShare(snapshot))}`, `${nameOf(one)}: of the most that it may have`)
  if (totals.stuck > 0)
    add(
      'human',
      `${plural(totals.stuck, 'job')} stuck`,
      `${nameOf(one)}: they ignored the abort, their slots were freed`,
    )
  const why = cutReason(snapshot)
  if (why !== undefined && isUnexpected(snapshot)) {
    add('watch', `Takes only ${count(fibers.allowed)} of ${count(fibers.concurrency)} jobs`, `${nameOf(one)}: ${why}`)
  }
  if (snapshot.worker.state === 'paused')
    add('watch', `${nameOf(one)} is paused`, 'it takes nothing until it is resumed')
  if (totals.zombies > 0)
    add(
      'watch',
      `${plural(totals.zombies, 'zombie')}`,
      `${nameOf(one)}: ${snapshot.zombie === undefined ? 'work that outlived its job' : `the newest of ${snapshot.zombie.name}, ${shortPlace(snapshot.zombie.left)}`}`,
    )
  return found
}

function isUnexpected({ worker, fibers }: Snapshot): boolean {
  return worker.state === 'running' && fibers.cutBy !== 'shutdown' && fibers.cutBy !== 'paused'
}

function deadNeeds(queues: World['queues'], failures: readonly FailureGroup[], cut: World['cut']): Need[] {
  const dead = queues.reduce((sum, queue) => sum + queue.dead + queue.quarantined, 0)
  if (dead === 0) return []
  const shown = failures.slice(0, failuresShown).map((group): Need => {
    const [most] = group.groups
    // Nearly all of one tenant: it is the tenant's trouble.
    const whose = most !== undefined && most.jobs > group.jobs * 0.8 ? ` of ${most.value}` : ''
    const what = group.names.length === 1 ? group.names[0]!.value : plural(group.names.length, 'job')
    return {
      level: 'human',
      title: `${count(group.jobs)}${isCut(group, cut) ? '+' : ''} dead: ${what}${whose}`,
      text: group.message,
      href: failureHref(group),
      atMs: Date.parse(group.newestAt),
    }
  })
  // How many there are in all stands beside it; this says why.
  if (shown.length > 0) return shown
  return [
    {
      level: 'human',
      title: plural(dead, 'dead job'),
      text: 'they wait for a decision: run them again, or drop them',
      href: '/dead',
    },
  ]
}

/** Where the dead jobs of a failure are listed. */
export function failureHref({ queues, names, text }: FailureGroup): string {
  const query = filterQuery({
    ...(queues.length === 1 && { queue: queues[0]!.value }),
    ...(names.length === 1 && { name: names[0]!.value }),
    ...(text !== undefined && { error: text }),
  })
  return query === '' ? '/dead' : `/dead?${query}`
}

function pausedNeed({ queue, ready }: World['queues'][number]): Need {
  return {
    level: 'watch',
    title: `${queue} is paused`,
    text: ready === 0 ? 'nothing waits in it' : `${plural(ready, 'job')} ready`,
    href: `/queues/${encodeURIComponent(queue)}`,
  }
}

function heldNeed({ queue, groups }: Held): Need[] {
  const kept = groups.filter(({ held }) => held !== undefined)
  const [most] = kept.toSorted((one, other) => other.ready - one.ready)
  if (most === undefined) return []
  const who = most.group === undefined ? 'Jobs without a group are' : `${most.group} is`
  const title = `${kept.length === 1 ? who : plural(kept.length, 'group')} held back in ${queue}`
  const text = `${kept.length === 1 ? '' : `most: ${most.group ?? 'jobs without a group'}, `}${plural(most.ready, 'job')} ready, by its ${reasons[most.held ?? ''] ?? most.held}`
  return [{ level: 'watch', title, text, href: `/groups?queue=${encodeURIComponent(queue)}` }]
}

const reasons: Record<string, string> = { rate: 'rate', quota: 'quota', concurrency: 'concurrency', frozen: 'pause' }
