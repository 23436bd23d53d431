import type { BlockedRow, Snapshot, ZombieRow } from '../../src/contract/dashboard.ts'
import { age, count, duration, percent, plural } from './format.ts'

/** `human`: nothing gets better until somebody acts. `watch`: fiber-work deals with it, and one should know. */
export interface Attention {
  level: 'human' | 'watch'
  text: string
}

const loopLateMs = 200
/** A block is shown for this long after it. */
const blockedForMs = 60_000
export const heapShareMax = 0.85

const cutReasons = {
  loop: 'the event loop is late',
  memory: 'memory is short',
  shutdown: 'shutting down',
  paused: 'paused',
  probation: 'suspects run on probation',
} as const

/** Why less is taken than the concurrency allows, in words; undefined when nothing cuts. */
export function cutReason(snapshot: Snapshot): string | undefined {
  const { cutBy } = snapshot.fibers
  return cutBy === undefined ? undefined : cutReasons[cutBy]
}

/** Dead and quarantined jobs, over all queues. */
export function deadCount(snapshot: Snapshot): number {
  return snapshot.queues.reduce((sum, queue) => sum + queue.dead + queue.quarantined, 0)
}

export function heapShare(snapshot: Snapshot): number {
  const { heapUsedBytes, heapLimitBytes } = snapshot.memory
  return heapLimitBytes > 0 ? heapUsedBytes / heapLimitBytes : 0
}

export function loopIsLate(snapshot: Snapshot): boolean {
  return snapshot.loopDelayMs.p99 > loopLateMs
}

/** `send-webhook blocked the loop for 3.2 s, 12s ago: render (jobs/render.ts:12:5)`, the first part as sure as one can be. */
function blockedText({ name, sure, blockedMs, at, atMs }: BlockedRow, nowMs: number): string {
  const who = name === undefined ? 'something' : sure === 'exact' ? name : `${name} (perhaps)`
  const place = at === undefined ? '' : `: ${shortPlace(at)}`
  return `${who} blocked the loop for ${duration(blockedMs)}, ${age(nowMs - atMs)} ago${place}`
}

/** `3 zombies, the newest of send-mail: an interval of 1000 ms, made at poll (jobs/mail.ts:12:5)` */
function zombieText(count: number, newest: ZombieRow | undefined): string {
  const zombies = plural(count, 'zombie')
  if (newest === undefined) return `${zombies}: work that outlived its job`
  return `${zombies}, ${count === 1 ? '' : 'the newest '}of ${newest.name}: ${shortPlace(newest.left)}`
}

/** Of a path its last two parts: `render (jobs/render.ts:12:5)`. */
export function shortPlace(at: string): string {
  return at.replace(/(?:file:\/\/)?[^\s(]*\/([^/\s]+\/[^/\s]+:\d+:\d+)/, '$1')
}

/** What somebody should know now, the most urgent first; empty on a good day. */
export function attention(snapshot: Snapshot): Attention[] {
  const { totals, fibers } = snapshot
  const found: Attention[] = []
  const add = (level: Attention['level'], text: string) => found.push({ level, text })
  const dead = deadCount(snapshot)
  const share = heapShare(snapshot)
  if (share > heapShareMax) add('human', `heap at ${percent(share)} of its limit`)
  if (dead > 0) add('human', `${plural(dead, 'dead job')} ${dead === 1 ? 'waits' : 'wait'} for a decision (4)`)
  if (totals.stuck > 0)
    add(
      'human',
      `${plural(totals.stuck, 'job')} ignored the abort and ${totals.stuck === 1 ? 'was' : 'were'} declared stuck`,
    )
  const why = cutReason(snapshot)
  if (why !== undefined && snapshot.worker.state === 'running' && fibers.cutBy !== 'shutdown') {
    add('watch', `demand cut to ${count(fibers.allowed)} of ${count(fibers.concurrency)}: ${why}`)
  }
  const { blocked, atMs } = snapshot
  if (blocked !== undefined && atMs - blocked.atMs < blockedForMs) add('human', blockedText(blocked, atMs))
  else if (loopIsLate(snapshot)) add('watch', `event loop late: p99 ${duration(snapshot.loopDelayMs.p99)}`)
  if (totals.stale > 0)
    add('watch', `${plural(totals.stale, 'stale settle')}: the lease was lost, those jobs run elsewhere`)
  if (totals.zombies > 0) add('watch', zombieText(totals.zombies, snapshot.zombie))
  if (totals.polluted > 0) add('watch', `${plural(totals.polluted, 'change')} to what all jobs share`)
  const paused = snapshot.queues.filter((queue) => queue.paused).length
  if (paused > 0) add('watch', `${plural(paused, 'queue')} paused`)
  return found
}
