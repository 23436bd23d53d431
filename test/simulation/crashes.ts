import type { Receipt } from '../../src/contract/verdict.ts'
import { mayBlock } from './plan.ts'
import type { Run } from './runs.ts'
import type { ShadowJob, ShadowSession } from './shadow-job.ts'
import type { World } from './world.ts'

/** What a world may take to come to rest after it has healed, on top of a lease. */
const restMs = 3_000

/** A session was swept that held a job. */
export interface Crash {
  /** `accused`: its guardian had named it. `ended`: its verdict was not written yet. */
  how: 'alone' | 'in company' | 'not begun' | 'ended' | 'accused'
  /** Which job took the process along; or it was killed, stood still, or lost its store. */
  cause: string
}

/** Who is charged with the end of a session, and whether that session may end at all. */
export class Crashes {
  /** What was counted for a job, by its id, the newest last. */
  readonly of = new Map<string, Crash[]>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** A session was taken back, with what it held. */
  swept(session: ShadowSession, held: ShadowJob[]): void {
    const { runs, workers, planOf, see, trace } = this.#world
    const runOf = ({ loan }: ShadowJob): Run | undefined => runs.byReceipt.get(loan!.receipt)
    const running = held.filter((shadow) => runOf(shadow)?.verdict === undefined && runOf(shadow) !== undefined)
    trace.line(`swept: the session of ${session.client} with ${held.map(({ job }) => planOf.get(job.id)?.n).join(' ')}`)
    this.#checkKept(session)
    this.#checkAccusation(session, held)
    const cause = workers.get(session.client)?.diedOf ?? 'nobody'
    for (const shadow of held) {
      const { receipt } = shadow.loan!
      if (session.unbegun.has(receipt)) {
        see('a suspect that had not begun')
        if (runOf(shadow) !== undefined)
          this.#world.fail(`${session.client} said that a job has not begun, and runs it`)
      }
      if (!isSuspect(session, receipt)) continue
      if (session.accused.size > 0 && !mayBlock(planOf.get(shadow.job.id)!))
        this.#world.fail(`${planOf.get(shadow.job.id)!.n} was accused, and it never keeps the loop`)
      const here = running.length === 1 ? 'alone' : 'in company'
      const how = runOf(shadow) === undefined ? 'not begun' : running.includes(shadow) ? here : 'ended'
      const crash: Crash = { how: session.accused.size > 0 ? 'accused' : how, cause }
      this.of.set(shadow.job.id, [...(this.of.get(shadow.job.id) ?? []), crash])
    }
  }

  /** With a store that answers, the session of a worker that lives is kept, however long its loop stalls. */
  #checkKept({ id, client }: ShadowSession): void {
    const { workers, plan, healedAtMs, clock } = this.#world
    const worker = workers.get(client)
    if (worker === undefined || worker.engine.session !== id || worker.process.state === 'dead') return
    const healed = clock.nowMs > healedAtMs + plan.leaseMs + restMs
    const disturbed = plan.guardian === undefined || worker.guardian!.gaveUp || this.#world.takenBack.has(id)
    if (healed && !disturbed) this.#world.fail(`the session of ${client} was swept, and its guardian lives`)
  }

  /** Where nothing gets lost on the way, whom a guardian has named is charged, and nobody else. */
  #checkAccusation({ client, accused }: ShadowSession, held: ShadowJob[]): void {
    const { workers, plan, see, fail } = this.#world
    if (accused.size > 0) see('a crash of the accused')
    if (accused.size > 0 && held.length > 1) see('a neighbour spared by an accusation')
    const named = workers.get(client)?.guardian?.accused
    const holds = named !== undefined && held.some(({ loan }) => loan!.receipt === named)
    if (holds && plan.profile.calm && !accused.has(named))
      fail(`the guardian of ${client} named a job, and a crash is counted for all`)
  }
}

/** Whom a crash is counted for: the accused where there are any, else all that had begun. */
export function isSuspect({ accused, unbegun }: ShadowSession, receipt: Receipt): boolean {
  return accused.size > 0 ? accused.has(receipt) : !unbegun.has(receipt)
}
