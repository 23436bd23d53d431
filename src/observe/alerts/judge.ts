import type { Alert, AlertType } from '../../contract/alert.ts'
import type { QueueDepth } from '../../contract/driver.ts'

/** What all processes know of the alerts of one queue: a record in the ledger. */
export interface Standing {
  /** Raised and not over, and since when. */
  raised: { [Type in AlertType]?: number }
  /** When it was last raised: not again before `periodMs` is over. */
  told: { [Type in AlertType]?: number }
  /** Since when it has been better, while it is raised. */
  better: { [Type in AlertType]?: number }
  /** How many were dead, and when that last became more. */
  dead: number
  deadAtMs: number
}

/** What one process remembers from look to look: the same job has been the oldest, and nothing has run, since then. */
export interface Still {
  /** When the oldest job became ready. */
  readyAtMs: number
  sinceMs: number
}

export interface Change {
  kind: 'raised' | 'cleared'
  alert: Alert
  /** How long it was raised; 0 for one that is raised now. */
  lastedMs: number
}

export interface Judgement {
  standing: Standing
  still: Still | undefined
  changes: Change[]
}

export interface Look {
  depth: QueueDepth
  waitMsMax: number
  nowMs: number
}

/** It is better when it is down to this part of what is allowed … */
const betterPart = 0.8
/** … and over when it has been better for so long: what swings around a threshold is one alert. */
export const clearAfterMs = 60_000
/** One queue raises the same alert no more often. */
export const periodMs = 300_000
/** Nothing was taken and nothing ran for so long, in front of a job that waits too long: that is no rush, somebody is missing. */
export const stalledMs = 60_000
/** As long as none dies the old ones need nobody. */
export const deadQuietMs = 900_000
/** Two looks at the age of one job agree to this. */
const slackMs = 1_500

/** Pure: how the alerts of a queue stand after a look at it, and what is to be told. `known` is undefined when nobody has looked before. */
export function judge(known: Standing | undefined, still: Still | undefined, look: Look): Judgement {
  const { depth, waitMsMax, nowMs } = look
  const waitMs = waitOf(depth)
  const nowStill = stillOf(still, look)
  const before = known ?? { raised: {}, told: {}, better: {}, dead: depth.dead, deadAtMs: 0 }
  const deadAtMs = depth.dead > before.dead ? nowMs : before.deadAtMs
  const standing: Standing = {
    raised: { ...before.raised },
    told: { ...before.told },
    better: { ...before.better },
    dead: depth.dead,
    deadAtMs,
  }
  const isStalled = waitMs > waitMsMax && nowStill !== undefined && nowMs - nowStill.sinceMs >= stalledMs
  const isDying = deadAtMs > 0 && nowMs - deadAtMs < deadQuietMs
  const changes = [
    turn(standing, 'queue.wait.exceeded', { bad: waitMs > waitMsMax, better: waitMs <= waitMsMax * betterPart }, look),
    turn(standing, 'queue.stalled', { bad: isStalled, better: !isStalled }, look),
    turn(standing, 'jobs.dead', { bad: isDying, better: !isDying }, look),
  ]
  return { standing, still: nowStill, changes: changes.filter((change) => change !== undefined) }
}

function turn(
  { raised, told, better }: Standing,
  type: AlertType,
  now: { bad: boolean; better: boolean },
  look: Look,
): Change | undefined {
  const { nowMs } = look
  const sinceMs = raised[type]
  if (sinceMs === undefined) {
    if (!now.bad || nowMs - (told[type] ?? -Infinity) < periodMs) return undefined
    raised[type] = told[type] = nowMs
    return { kind: 'raised', alert: alertOf(type, look), lastedMs: 0 }
  }
  if (!now.better) {
    delete better[type]
    return undefined
  }
  better[type] ??= nowMs
  if (nowMs - better[type] < clearAfterMs) return undefined
  delete raised[type]
  delete better[type]
  return { kind: 'cleared', alert: alertOf(type, look), lastedMs: nowMs - sinceMs }
}

const waitOf = ({ ready, oldestReadyMs }: QueueDepth): number => (ready === 0 ? 0 : Math.max(0, oldestReadyMs ?? 0))

/** A queue that is paused stands still because somebody wants it. */
function stillOf(before: Still | undefined, { depth, nowMs }: Look): Still | undefined {
  const { ready, running, paused, oldestReadyMs } = depth
  if (ready === 0 || running > 0 || paused || oldestReadyMs === undefined) return undefined
  const readyAtMs = nowMs - oldestReadyMs
  const isSame = before !== undefined && Math.abs(before.readyAtMs - readyAtMs) <= slackMs
  return isSame ? before : { readyAtMs, sinceMs: nowMs }
}

function alertOf(type: AlertType, { depth, waitMsMax, nowMs }: Look): Alert {
  const { queue, ready, delayed, running, dead, paused } = depth
  return {
    type,
    queue,
    waitMs: Math.round(waitOf(depth)),
    waitMsMax,
    ready,
    delayed,
    running,
    dead,
    paused,
    atMs: nowMs,
  }
}
