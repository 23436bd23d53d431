import type { Env } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Ledger } from '../contract/ledger.ts'
import { Janitor, type QueueKeeps } from '../engine/janitor.ts'
import { ledgerHelps } from '../job/fits.ts'
import type { Queue } from '../job/queue.ts'
import { queueKeepOf, type QueueKeepOption } from '../job/keep.ts'
import type { Change } from '../observe/alerts/judge.ts'
import { AlertWatch } from '../observe/alerts/watch.ts'
import { Webhook, type WebhookOptions } from '../observe/alerts/webhook.ts'
import { startHistory } from '../observe/history/history.ts'

/** What is done for the queues of a worker beside their jobs. */
export interface UpkeepOptions {
  keeps: QueueKeeps
  history: boolean
  /** By queue. */
  alertWaitMs: Record<string, number>
  webhook?: WebhookOptions
}

/** What the code and the worker's options come to, queue by queue: the options win, what they say of `*` comes last. */
export function upkeepOf(
  queues: readonly Queue[],
  given: {
    keep?: Record<string, QueueKeepOption>
    history?: boolean
    alertWaitMs?: number | Record<string, number>
    webhook?: WebhookOptions
  },
): UpkeepOptions {
  const { keep = {}, history = false, alertWaitMs = {}, webhook } = given
  const waits = typeof alertWaitMs === 'number' ? { '*': alertWaitMs } : alertWaitMs
  const keeps: QueueKeeps = {}
  const waitOf: Record<string, number> = {}
  for (const { name, options } of queues) {
    const kept = queueKeepOf({ ...own(keep, '*'), ...options.keep, ...own(keep, name) })
    if (Object.keys(kept).length > 0) keeps[name] = kept
    const waitMs = own(waits, name) ?? options.alertWaitMs ?? own(waits, '*') ?? false
    if (waitMs !== false) waitOf[name] = waitMs
  }
  return { keeps, history, alertWaitMs: waitOf, ...(webhook && { webhook }) }
}

const own = <V>(record: Record<string, V>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined

export interface UpkeepPorts {
  env: Env
  /** Not the one that jobs are taken with: what is done here is in nobody's way, and lasts until after the last verdict. */
  driver: Driver
  queues: string[]
  isMine: (session: string) => boolean
}

/**
 * Drops what is not to be kept, writes the history, watches for long waits: as far as it is asked for. Answers how to begin, which answers how
 * to end. Throws `FW_DRIVER_TRAIT` where the store has no ledger for what is asked, `FW_EGRESS_DENIED` and `FW_CONFIG_INVALID` for a webhook
 * that cannot be.
 */
export function prepareUpkeep(ports: UpkeepPorts, options: UpkeepOptions): () => () => Promise<void> {
  const parts = [janitorOf(ports, options), historyOf(ports, options), alertsOf(ports, options)]
  return () => {
    const ends = parts.flatMap((begin) => (begin === undefined ? [] : [begin()]))
    let ended: Promise<unknown> | undefined
    return async () => void (await (ended ??= Promise.all(ends.map((end) => end()))))
  }
}

type Part = (() => () => Promise<void>) | undefined

function janitorOf({ env, driver }: UpkeepPorts, { keeps }: UpkeepOptions): Part {
  if (Object.keys(keeps).length === 0) return undefined
  return () => {
    const janitor = new Janitor(env, driver, keeps)
    janitor.start()
    return () => janitor.stop()
  }
}

function historyOf({ env, driver, queues, isMine }: UpkeepPorts, { history }: UpkeepOptions): Part {
  if (!history) return undefined
  const ledger = ledgerFor('`history`', driver)
  return () => startHistory({ env, ledger, isMine, depth: () => driver.depth(queues) })
}

function alertsOf({ env, driver }: UpkeepPorts, { alertWaitMs, webhook }: UpkeepOptions): Part {
  const hook = webhook && new Webhook(env, webhook)
  if (Object.keys(alertWaitMs).length === 0) return undefined
  const ledger = ledgerFor('`alertWaitMs`', driver)
  const told = hook && { told: (change: Change) => hook.send(change) }
  return () => {
    const depth = (queues: string[]) => driver.depth(queues)
    const watch = new AlertWatch({ env, ledger, depth, waitMsMax: alertWaitMs, ...told })
    watch.start()
    return async () => {
      await watch.stop()
      await hook?.end()
    }
  }
}

/** Throws `FW_DRIVER_TRAIT`. */
export function ledgerFor(what: string, { ledger, name }: Driver): Ledger {
  if (ledger !== undefined) return ledger
  throw new FiberWorkError(
    'FW_DRIVER_TRAIT',
    `${what} needs a store that keeps small records, and the ${name} driver has none (facet \`ledger\`). ${ledgerHelps}`,
  )
}
