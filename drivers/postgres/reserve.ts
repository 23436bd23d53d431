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
  let queues: ReadonlySet<number> = new Set()
  for (;;) {
    if (session.inVain.get(call.lane) === call.seq) return nothing()
    const mark = session.waiting.mark(queues)
    // An aborted reserve still owns its reply: it asks for nothing new, and hears what it was answered before.
    const { reserved, reply } = await reserving.ask(signal.aborted ? 0 : want.limit)
    if (reserved.jobs.length > 0 || reserved.broken.length > 0) return reserved
    const leftMs = untilMonoMs - env.monoMs()
    if (leftMs <= 0 || signal.aborted) {
      session.inVain.set(call.lane, call.seq)
      return nothing()
    }
    const known = new Set(reply.qs.filter((q) => q !== null))
    const unrung = pollMs === undefined ? session.unrung(names) : []
    if (unrung.length > 0) {
      await reserving.beIdle(unrung)
    } else {
      const wakeMs = reply.wake == null ? Infinity : reply.wake - reply.now!
      // What looked ready was not: groups that had to be parked first, or somebody was faster.
      if (wakeMs <= 0) await sleep(env, 1, signal)
      else if (known.size === queues.size) {
        await session.waiting.wait(queues, mark, Math.min(leftMs, wakeMs, pollMs ?? lookAgainMs), signal)
      }
    }
    queues = known
    if (!isOpen()) throw session.revoked()
  }
}

const nothing = (): Reserved => ({ jobs: [], broken: [] })
