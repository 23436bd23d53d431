import { systemEnv, within } from '../../base/env.ts'
import { redactUrls } from '../../base/text.ts'
import type { ContextStyle, ContextTally } from '../../contract/context-probe.ts'
import type { Finding } from '../../contract/finding.ts'
import { outside } from '../../sandbox/storage.ts'
import { adviceOn, type ContextVerdict, stateOf } from './advice.ts'
import { standInJobs } from './cast.ts'
import type { Probe } from './clients/client.ts'
import { type Held, heldBy } from './held.ts'
import { observe } from './observe.ts'
import type { Way } from './styles.ts'

/** How one way of calling a client did. */
export interface WayReport extends ContextTally {
  style: ContextStyle
  what: string
  verdict: ContextVerdict
  state: Finding['state']
  error?: string
  advice?: string
}

export interface ExamineOptions {
  /** Jobs at once. */
  jobs: number
  /** For opening, and for each way. */
  deadlineMs: number
  /** Only these styles. */
  styles?: readonly ContextStyle[]
  /** It has promises to be used instead of its callbacks and events. */
  avoidable?: boolean
}

export interface Examined {
  ways: WayReport[]
  /** A connection that was opened inside a job, called as it is and through `outside`. */
  opened: { direct: Held; outside: Held } | undefined
  /** Why nothing, or not all of it, could be looked at. */
  error?: string
}

/** Looks at one client. It never rejects. */
export async function examine(probe: Probe<unknown>, options: ExamineOptions): Promise<Examined> {
  const { styles, deadlineMs } = options
  const ways = probe.ways.filter(({ style }) => styles === undefined || styles.includes(style))
  const reports: WayReport[] = []
  let client: { it: unknown } | undefined
  try {
    client = await inTime(deadlineMs, 'it did not open', async () => ({ it: await probe.open() }))
    for (const way of ways) reports.push(await reportOn(way, client.it, options))
    const opened =
      styles === undefined
        ? { direct: await heldBy(probe, 'direct', deadlineMs), outside: await heldBy(probe, 'outside', deadlineMs) }
        : undefined
    return { ways: reports, opened }
  } catch (error) {
    return { ways: reports, opened: undefined, error: messageOf(error) }
  } finally {
    if (client !== undefined) await closed(probe, client.it, deadlineMs)
  }
}

async function reportOn(way: Way<unknown>, client: unknown, options: ExamineOptions): Promise<WayReport> {
  const { jobs, deadlineMs, avoidable = false } = options
  const fibers = standInJobs(jobs)
  const { tally, error } = await observe(fibers, (look) => way.run(client, look), deadlineMs)
  for (const fiber of fibers) fiber.settle()
  const verdict = error === undefined ? verdictOf(tally) : 'failed'
  const { style, what } = way
  const advice = adviceOn(way, verdict)
  return {
    style,
    what,
    verdict,
    state: stateOf(style, verdict, avoidable),
    ...tally,
    ...(error !== undefined && { error: redactUrls(error) }),
    ...(advice !== undefined && { advice }),
  }
}

export function verdictOf({ lost, bled }: ContextTally): 'kept' | 'lost' | 'bleeds' {
  if (bled > 0) return 'bleeds'
  return lost > 0 ? 'lost' : 'kept'
}

async function closed(probe: Probe<unknown>, client: unknown, deadlineMs: number): Promise<void> {
  const closing = outside(async () => probe.close(client))
  // What does not close is not what was asked about.
  await within(systemEnv, deadlineMs, closing).catch(() => false)
}

async function inTime<T>(deadlineMs: number, otherwise: string, run: () => Promise<T>): Promise<T> {
  const running = outside(run)
  if (await within(systemEnv, deadlineMs, running)) return running
  throw new Error(`${otherwise} within ${deadlineMs} ms`)
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return redactUrls(error instanceof Error ? error.message || error.name : String(error))
}
