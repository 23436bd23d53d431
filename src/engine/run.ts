import { defaults } from '../base/defaults.ts'
import { emit, heard } from '../base/emit.ts'
import { tracing } from '../base/tracing.ts'
import type { Reservation } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Settled, Verdict } from '../contract/verdict.ts'
import type { Opened } from '../job/codec.ts'
import type { AnyHandler } from '../job/definition.ts'
import { asFits } from '../job/fits.ts'
import { prepareJob } from '../job/prepare.ts'
import { validate } from '../job/schema.ts'
import { openJob } from '../job/sealing.ts'
import { Fiber } from '../sandbox/fiber.ts'
import { inside } from '../sandbox/storage.ts'
import { admit } from '../sandbox/travel.ts'
import type { Attempt } from './attempt.ts'
import { cleanUp, conclude } from './cleanup.ts'
import { committer } from './commit.ts'
import { Context, type World } from './context.ts'
import { jobEvent, tellStarted, tellZombie } from './events.ts'
import { layered } from './middleware.ts'
import type { EngineOptions, Lane } from './options.ts'
import { judge } from './outcome.ts'
import { resultText, storedResult } from './result.ts'
import type { Roster } from './roster.ts'
import type { Watch } from './watch.ts'

/** What `Runner` needs of the engine around it. */
export interface RunnerPorts {
  options: EngineOptions
  roster: Roster
  watch: Watch
  session: () => string
  /** Write a verdict now, and hear what comes of it. */
  settle: (loan: Reservation, verdict: Verdict) => Promise<Settled>
  /** An attempt has ended; without a verdict nothing may be written. */
  ended: (attempt: Attempt, verdict: Verdict | undefined) => void
}

const unopened: Opened = { version: 1, overrides: undefined, input: undefined }

/** Runs one loaned job in its sandbox, from its sealed body to its verdict. */
export class Runner {
  readonly #ports: RunnerPorts
  readonly #world: World

  constructor(ports: RunnerPorts) {
    this.#ports = ports
    const { env, http, db, driver, bodyBytesMax, keys } = ports.options
    this.#world = {
      env,
      http,
      prepare: async (definition, input, options) =>
        asFits(await prepareJob(definition, input, options, env.id, { keys }), driver.traits, bodyBytesMax),
      commit: committer({
        driver,
        db,
        done: (fiber, result) => this.#done(this.#runningOf(fiber), result),
        failed: (fiber, error) => judge(this.#runningOf(fiber), error, env),
        settle: ports.settle,
        wrote: (fiber, verdict) => ports.roster.wrote(fiber, verdict),
      }),
    }
  }

  /** Starts the handler's first stretch now; the rest is the event loop's. `handler` is the one of the job's name. */
  start(loan: Reservation, handler: AnyHandler): void {
    const { options, roster, watch, session } = this.#ports
    let opened = unopened
    let damage: unknown
    try {
      opened = openJob(loan.job, options.keys, handler)
    } catch (error) {
      damage = error
    }
    const timeoutMs = opened.overrides?.timeoutMs ?? handler.options.timeoutMs ?? defaults.timeoutMs
    const fiber = new Fiber(
      loan,
      session(),
      options.env.monoMs(),
      timeoutMs === false ? Infinity : timeoutMs,
      handler.options.stuckMs ?? options.stuckMs,
    )
    watch.expect(fiber.deadlineMonoMs)
    const tracer = tracing.now
    if (tracer !== undefined) fiber.trace = tracer.attempt(loan, fiber.worker, options.traceMode ?? defaults.traceMode)
    if (heard('job.started')) tellStarted(fiber)
    const attemptsMax = opened.overrides?.attempts ?? handler.options.attempts ?? defaults.attempts
    const context = new Context(fiber, this.#world, attemptsMax)
    fiber.context = context
    const attempt: Attempt = { fiber, handler, overrides: opened.overrides, context, judged: undefined }
    roster.add(attempt)
    inside(fiber.handle, fiber.trace === undefined ? this.#run : this.#traced, attempt, opened, damage)
  }

  /** It has ignored its aborted signal for too long. */
  declareStuck(attempt: Attempt): Promise<void> {
    const { fiber } = attempt
    emit('job.stuck', () => ({ ...jobEvent(fiber), runMs: this.#ports.options.env.monoMs() - fiber.startedMonoMs }))
    fiber.stuckMonoMs = Infinity
    return this.abandon(attempt)
  }

  /** The handler, or a cleanup, does not come to an end: its slot is freed, and what it still does is fenced. */
  async abandon(attempt: Attempt): Promise<void> {
    const verdict = attempt.judged ?? (await judge(attempt, attempt.fiber.stop?.error, this.#ports.options.env))
    const { fiber } = attempt
    const cleanups = fiber.takeCleanups()
    this.#end(attempt, verdict)
    // Connections and the like go back, whatever the handler still does with them.
    if (cleanups !== undefined) await cleanUp(this.#ports.options.env, fiber, cleanups)
  }

  // Not a closure a job: an Error that somebody keeps holds the functions on its stack, and what those close over.
  readonly #run = async (attempt: Attempt, opened: Opened, damage: unknown): Promise<void> => {
    const { fiber } = attempt
    let verdict: Verdict | undefined
    try {
      if (damage !== undefined) throw damage
      admit(fiber)
      const input = inputOf(attempt.handler, opened)
      const data = input instanceof Promise ? await input : input
      fiber.entered = true
      const result = await this.#callWatched(attempt, data)
      if (fiber.conclusions !== undefined && this.#stoodFirm(fiber)) await conclude(fiber)
      verdict = this.#stoodFirm(fiber)
        ? this.#done(attempt, result)
        : await judge(attempt, fiber.stop?.error, this.#ports.options.env)
    } catch (error) {
      verdict = await judge(attempt, error, this.#ports.options.env)
    }
    const cleanups = fiber.takeCleanups()
    if (cleanups !== undefined) {
      attempt.judged = verdict
      await cleanUp(this.#ports.options.env, fiber, cleanups)
    }
    fiber.endBound()
    const found = this.#found(fiber)
    if (found !== undefined) verdict = await judge(attempt, found, this.#ports.options.env)
    this.#end(attempt, verdict)
  }

  /** The same where the job's span is the active one: for what the handler, and what it uses, instruments. */
  readonly #traced = (attempt: Attempt, opened: Opened, damage: unknown): Promise<void> =>
    attempt.fiber.trace!.carry(this.#run, attempt, opened, damage)

  /** Throws `FW_JOB_SETTLED` when it has been abandoned meanwhile. */
  #runningOf(fiber: Fiber): Attempt {
    const attempt = this.#ports.roster.of(fiber)
    if (attempt !== undefined) return attempt
    throw new FiberWorkError('FW_JOB_SETTLED', `"${fiber.loan.job.name}" ${fiber.loan.job.id} has ended meanwhile.`)
  }

  /** What the sentries hold against the job, the first of it. */
  #found(fiber: Fiber): FiberWorkError | undefined {
    const { sentries } = this.#ports.options
    if (sentries.length === 0 || !fiber.entered) return undefined
    return sentries.map((sentry) => sentry.left(fiber)).find((error) => error !== undefined)
  }

  #callWatched(attempt: Attempt, data: unknown): unknown {
    const { sentries } = this.#ports.options
    if (sentries.length === 0) return this.#call(attempt, data)
    for (const sentry of sentries) sentry.entered(attempt.fiber)
    try {
      return this.#call(attempt, data)
    } finally {
      // Counted and not iterated: the job may have broken the iterator, and a sentry is about to mend it.
      for (let at = 0; at < sentries.length; at++) sentries[at]!.paused?.(attempt.fiber)
    }
  }

  #call(attempt: Attempt, data: unknown): unknown {
    const { handler, context } = attempt
    const { middleware, lane } = this.#ports.options
    if (handler.options.lane === 'thread' && lane !== undefined) {
      return layered(middleware, context, () => this.#handOver(lane, attempt, data))
    }
    const own = handler.options.use
    if (middleware.length === 0 && own === undefined) return handler.run(data, context)
    return layered([...middleware, ...(own ?? [])], context, async () => handler.run(data, context) as unknown)
  }

  /** To a thread. Until one takes it the job's time does not run. */
  #handOver(lane: Lane, { fiber, handler, context }: Attempt, data: unknown): Promise<unknown> {
    const { options, watch } = this.#ports
    const timeoutMs = fiber.deadlineMonoMs - fiber.startedMonoMs
    fiber.deadlineMonoMs = Infinity
    const begun = () => {
      fiber.begins(options.env.monoMs(), timeoutMs)
      watch.expect(fiber.deadlineMonoMs)
    }
    return lane.run({ fiber, handler, data, attemptsMax: context.attemptsMax, timeoutMs, begun })
  }

  /** A value counts, although the job was told to stop, when nobody has asked for the signal: it cannot have changed anything. */
  #stoodFirm({ stop, signalUsed }: Fiber): boolean {
    return stop === undefined || (!signalUsed && stop.kind !== 'blamed' && stop.kind !== 'revoked')
  }

  #done({ fiber, handler, overrides }: Attempt, result: unknown): Verdict {
    if (fiber.written?.verdict !== undefined) return fiber.written.verdict
    const { doneKeep } = this.#ports.options
    const keep = overrides?.keep ?? handler.options.keep ?? doneKeep?.[handler.queue.name] ?? defaults.keep
    const verdict: Verdict = { kind: 'done' }
    if (keep !== false && keep.count > 0) {
      verdict.keep = keep
      const { resultBytesMax, keys } = this.#ports.options
      if (result !== undefined) {
        verdict.result = storedResult(resultText(result, resultBytesMax), fiber.loan.job, handler, keys)
      }
    }
    const { followUps, commit } = fiber
    if (followUps !== undefined || commit !== undefined) {
      verdict.followUps = [...(followUps ?? []), ...(commit?.followUps ?? [])]
    }
    return verdict
  }

  #end(attempt: Attempt, verdict: Verdict | undefined): void {
    const { fiber } = attempt
    if (fiber.settled) return
    if (fiber.calls.size > 0) tellZombie(fiber)
    fiber.settle()
    this.#ports.roster.remove(attempt)
    this.#ports.ended(attempt, verdict)
  }
}

/** The stored input as this build wants it: carried over from an older version, and checked once more. */
function inputOf(handler: AnyHandler, { version, input }: Opened): unknown {
  const schema = handler.options.input
  const current = upgraded(handler, version, input)
  return schema === undefined ? current : validate(schema, current, handler.name)
}

function upgraded(handler: AnyHandler, version: number, input: unknown): unknown {
  const { upgrade, version: current = 1 } = handler.options
  if (version === current || upgrade === undefined) return input
  try {
    return upgrade(input, version)
  } catch (cause) {
    const message = `\`upgrade\` of "${handler.name}" failed to carry an input of version ${version} over to ${current}.`
    throw new FiberWorkError('FW_UPGRADE_FAILED', message, { cause })
  }
}
