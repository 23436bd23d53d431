import { type Env, sleep } from '../../src/base/env.ts'
import type { Call, Reserved, Want } from '../../src/contract/index.ts'
import type { Reply } from './loans.ts'
import type { Session } from './session.ts'

/** Looking again after this long costs next to nothing, and makes up for a bell that was not heard. */
const lookAgainMs = 1_000

export interface Reserving {
  env: Env
  session: Session
  call: Call
  want: Want
  /** How often to look where no bell is heard; undefined where one is. */
  pollMs: number | undefined
  /** What there is now. */
  ask(limit: number): Promise<{ reserved: Reserved; reply: Reply }>
  /** From now on whoever brings something to these queues rings. */
  beIdle(queues: string[]): Promise<void>
  isOpen(): boolean
}

/** Ask, and wait, and ask again, until there is something or the time is over. */
export async function reserveOf(reserving: Reserving): Promise<Reserved> {
  const { env, session, call, want, pollMs, isOpen } = reserving
  const { signal } = want
  const names = want.demand.map(({ queue }) => queue)
  const untilMonoMs = env.monoMs() + want.waitMs
  const bell = session.waiting
  await atRest(reserving, names, untilMonoMs)
  if (!isOpen()) throw session.revoked()
  session.asked.set(call.lane, call.seq)
  for (;;) {
    if (session.inVain.get(call.lane) === call.seq) return nothing()
    const queues = session.numbersOf(names)
    const mark = bell.mark(queues)
    // An aborted reserve still owns its reply: it asks for nothing new, and hears what it was answered before.
    const { reserved, reply } = await reserving.ask(signal.aborted ? 0 : want.limit)
    session.learnNumbers(names, reply.qs)
    const known = session.numbersOf(names)
    const wakeMs = reply.wake == null ? Infinity : reply.wake - reply.now!
    const unrung = pollMs === undefined ? session.unrung(names) : []
    const isEmptied = reply.now !== undefined && wakeMs > 0 && known.size === queues.size
    session.rest =
      isEmptied && unrung.length === 0 && pollMs === undefined && !signal.aborted
        ? { queues: namesOf(names), mark, untilMonoMs: env.monoMs() + Math.min(wakeMs, lookAgainMs) }
        : undefined
    if (reserved.jobs.length > 0 || reserved.broken.length > 0) return reserved
    const leftMs = untilMonoMs - env.monoMs()
    if (leftMs <= 0 || signal.aborted) {
      session.inVain.set(call.lane, call.seq)
      return nothing()
    }
    if (unrung.length > 0) await reserving.beIdle(unrung)
    // What looked ready was not: groups that had to be parked first, or somebody was faster.
    else if (wakeMs <= 0) await sleep(env, 1, signal)
    else if (isEmptied) await bell.wait(queues, mark, Math.min(leftMs, wakeMs, pollMs ?? lookAgainMs), signal)
    if (!isOpen()) throw session.revoked()
  }
}

/** Whoever has just emptied the queues need not ask what came since: it would have rung. A call that was asked before is asked again. */
async function atRest(
  { env, session, call, want }: Reserving,
  names: readonly string[],
  untilMonoMs: number,
): Promise<void> {
  const { rest, waiting } = session
  if (rest === undefined || rest.queues !== namesOf(names) || session.asked.get(call.lane) === call.seq) return
  if (session.unrung(names).length > 0) return
  const ms = Math.min(untilMonoMs, rest.untilMonoMs) - env.monoMs()
  await waiting.wait(session.numbersOf(names), rest.mark, ms, want.signal)
}

/** No name holds a line feed. */
const namesOf = (names: readonly string[]): string => names.join('\n')

const nothing = (): Reserved => ({ jobs: [], broken: [] })
