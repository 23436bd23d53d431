import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Receipt, Verdict, VerdictKind } from '../../src/contract/verdict.ts'
import { GiveUp, RetryIn, Snooze } from '../../src/job/control.ts'
import type { Fiber, Stop } from '../../src/sandbox/fiber.ts'
import type { Act, JobPlan } from './plan.ts'
import type { ShadowJob } from './shadow-job.ts'
import type { SimWorker } from './worker.ts'

/** One run of a handler, as the handler saw it and as the core judged it. */
export interface Run {
  plan: JobPlan
  act: Act
  fiber: Fiber
  worker: SimWorker
  attemptsMax: number
  startedAtMs: number
  /** How the handler ended, if it did, and what had told it to stop by then. */
  over: { how: 'returned' | 'threw'; error: unknown; stop: Stop['kind'] | undefined } | undefined
  /** The core gave it up while it lived: stuck, or the end of the grace. */
  givenUp: boolean
  /** What the core made of it. */
  verdict: VerdictKind | undefined
  /** What the store said to that. */
  outcome: string | undefined
  /** Ids of the follow-ups that it asked for. */
  followUps: string[]
}

export interface RunPorts {
  fail: (message: string) => void
  sessionLives: (session: string) => boolean
  shadow: (id: string) => ShadowJob | undefined
}

const nameOf = ({ plan, worker }: Run) => `${plan.queue}/${plan.n} (run of ${worker.name})`

/** Watches the handlers' side: who runs what, and whether the core's verdicts follow from what the handlers did. */
export class Runs {
  readonly byReceipt = new Map<Receipt, Run>()
  readonly byJob = new Map<string, Run[]>()
  readonly #ports: RunPorts

  constructor(ports: RunPorts) {
    this.#ports = ports
  }

  start(run: Run): void {
    const { fiber, worker } = run
    const { job, receipt, attempts } = fiber.loan
    const before = this.byJob.get(job.id) ?? []
    if (this.byReceipt.has(receipt)) this.#ports.fail(`one loan of ${nameOf(run)} was started twice`)
    if (attempts > run.attemptsMax) this.#ports.fail(`${nameOf(run)} is attempt ${attempts} of ${run.attemptsMax}`)
    for (const other of before) {
      const lives = other.over === undefined && !other.givenUp && other.worker.process.state !== 'dead'
      // A worker cannot know yet that what it was given was swept on the way: then the other run is the rightful one.
      if (lives && this.#ports.sessionLives(other.fiber.worker) && this.#ports.sessionLives(fiber.worker)) {
        this.#ports.fail(`${nameOf(run)} started while ${nameOf(other)} still ran, neither swept nor given up`)
      }
    }
    this.byReceipt.set(receipt, run)
    this.byJob.set(job.id, [...before, run])
    worker.started(run)
  }

  over(run: Run, how: 'returned' | 'threw', error?: unknown): void {
    run.over = { how, error, stop: run.fiber.stop?.kind }
  }

  /** The core ended an attempt. */
  ended(session: string, id: string, verdict: VerdictKind): void {
    const run = this.#runningOf(session, id)
    if (run === undefined) return
    run.verdict = verdict
    if (run.over === undefined && !run.givenUp) {
      run.givenUp = true
      if (run.worker.engine.state !== 'draining')
        this.#ports.fail(`${nameOf(run)} was ended while its handler ran, and not as stuck`)
    }
    const expected = expectedVerdicts(run)
    if (!expected.includes(verdict)) {
      this.#ports.fail(
        `${nameOf(run)} got the verdict ${verdict}; ${expected.join(' or ')} follows from ${whatHappened(run)}`,
      )
    }
  }

  stuck(session: string, id: string): void {
    const run = this.#runningOf(session, id)
    if (run === undefined) return
    const { worker, fiber } = run
    const { startedMonoMs, deadlineMonoMs, stop } = fiber
    run.givenUp = true
    if (stop === undefined) this.#ports.fail(`${nameOf(run)} was declared stuck without having been told to stop`)
    if (stop?.kind === 'timeout' && worker.process.env.monoMs() < deadlineMonoMs) {
      this.#ports.fail(
        `${nameOf(run)} timed out after ${worker.process.env.monoMs() - startedMonoMs} ms, before its time`,
      )
    }
  }

  /** One worker may run a job under two sessions, when the first was taken back. */
  #runningOf(session: string, id: string): Run | undefined {
    return this.byJob.get(id)?.findLast(({ fiber, verdict }) => fiber.worker === session && verdict === undefined)
  }

  /** A verdict has reached the store for the first time. */
  settled({ job, crashes }: ShadowJob, receipt: Receipt, verdict: Verdict, outcome: string): void {
    const run = this.byReceipt.get(receipt)
    if (run === undefined) {
      const fine = verdict.kind === 'release' || (verdict.kind === 'quarantined' && crashes > 3)
      if (!fine && outcome === 'settled')
        this.#ports.fail(`${job.queue}/${job.id.slice(0, 8)} was settled as ${verdict.kind} and has not run`)
      return
    }
    if (run.outcome === 'settled') this.#ports.fail(`${nameOf(run)} was settled twice`)
    run.outcome = outcome
    if (run.verdict !== verdict.kind)
      this.#ports.fail(`${nameOf(run)} was judged ${run.verdict} and written down as ${verdict.kind}`)
    const { error } = run.over ?? {}
    const due = 'due' in verdict && verdict.due !== undefined && 'inMs' in verdict.due ? verdict.due.inMs : undefined
    const exact =
      (error instanceof Snooze && verdict.kind === 'release') || (error instanceof RetryIn && verdict.kind === 'retry')
    if (exact && run.over?.stop === undefined && due !== error.ms)
      this.#ports.fail(`${nameOf(run)} asked for ${error.ms} ms and got ${due}`)
    const ids = (verdict.followUps ?? []).map(({ id }) => id)
    const asked = verdict.kind === 'done' ? run.followUps : []
    if (ids.join() !== asked.join())
      this.#ports.fail(
        `${nameOf(run)} carries ${ids.length} follow-ups with ${verdict.kind}, and asked for ${asked.length}`,
      )
  }
}

/** What the promises say must become of a run; several where its handler raced with what told it to stop. */
function expectedVerdicts(run: Run): VerdictKind[] {
  const stop = run.givenUp ? run.fiber.stop?.kind : run.over?.stop
  // After it was given up the verdict is the stop's; a handler that ended in the same moment may have been judged before.
  const both = run.givenUp && run.over !== undefined
  const firm = run.over?.how === 'returned' && !run.fiber.signalUsed
  const verdicts: VerdictKind[] = []
  if (stop === undefined || stop === 'settled' || both) verdicts.push(...byHandler(run))
  if (stop !== undefined && stop !== 'settled') {
    verdicts.push(byStop(run, stop))
    if (firm && stop !== 'revoked') return both ? [...verdicts, 'done'] : ['done']
  }
  return verdicts
}

function byStop(run: Run, stop: Stop['kind']): VerdictKind {
  if (stop === 'cancelled') return 'cancelled'
  return stop === 'timeout' ? tryAgain(run) : 'release'
}

function byHandler(run: Run): VerdictKind[] {
  const { over, plan } = run
  if (over === undefined) return []
  if (over.how === 'returned') return ['done']
  if (over.error instanceof Snooze) return ['release']
  if (over.error instanceof GiveUp) return ['dead']
  if (plan.name === 'classified' && over.error instanceof Error && over.error.message === 'hopeless') return ['dead']
  if (over.error instanceof FiberWorkError && !over.error.retryable) return ['dead']
  return [tryAgain(run)]
}

function tryAgain({ fiber, attemptsMax }: Run): VerdictKind {
  return fiber.loan.attempts >= attemptsMax ? 'dead' : 'retry'
}

function whatHappened({ over, givenUp, fiber }: Run): string {
  const how = over === undefined ? 'still running' : `${over.how} (told to stop: ${over.stop ?? 'no'})`
  return `${how}${givenUp ? ', given up' : ''}, stop ${fiber.stop?.kind ?? 'none'}`
}
