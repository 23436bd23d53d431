import { FiberWorkError, isFiberWorkError } from '../../src/contract/errors.ts'
import type { JobContext } from '../../src/job/context.ts'
import { GiveUp, RetryIn, Snooze } from '../../src/job/control.ts'
import { type AnyDefinition, type AnyHandler, defineJob, type Definition } from '../../src/job/definition.ts'
import type { EnqueueOptions, JobOptions } from '../../src/job/options.ts'
import { unchecked } from '../../src/job/schema.ts'
import { currentFiber, peekFiber } from '../../src/sandbox/storage.ts'
import { jobNames, type JobPlan, type Plan } from './plan.ts'
import type { Run } from './runs.ts'
import type { SimWorker } from './worker.ts'
import type { World } from './world.ts'

interface Input {
  n: number
}

/** Definitions of a seed, by `queue name`. */
export function definitionsOf(plan: Plan): Map<string, AnyDefinition> {
  const all = plan.queues.flatMap((queue) =>
    jobNames.map((name): [string, AnyDefinition] => [`${queue} ${name}`, definitionOf(plan, queue, name)]),
  )
  return new Map(all)
}

function definitionOf(plan: Plan, queue: string, name: string): Definition<Input, Input> {
  const { attempts, backoff, timeoutMs } = plan
  const options: JobOptions<Input, Input> = { input: unchecked<Input>(), queue, attempts, backoff, timeoutMs }
  if (name === 'classified') options.onError = (error) => ((error as Error).message === 'hopeless' ? 'dead' : undefined)
  return defineJob<Input, Input>(name, options)
}

export function enqueueOptions(job: JobPlan): EnqueueOptions {
  return {
    priority: job.priority,
    ...(job.group !== undefined && { group: job.group }),
    ...(job.unique !== undefined && { unique: job.unique }),
    ...(job.delayMs !== undefined && { delayMs: job.delayMs }),
    ...(job.attempts !== undefined && { attempts: job.attempts }),
    ...(job.timeoutMs !== undefined && { timeoutMs: job.timeoutMs }),
    ...(!job.keep && { keep: false }),
  }
}

/** The handlers of one build: an old one does not know the newcomer yet. */
export function handlersOf(world: World, worker: SimWorker, knowsAll: boolean): AnyHandler[] {
  const known = [...world.definitions.values()].filter(({ name }) => knowsAll || name !== 'newcomer')
  return known.map((definition) => definition.handle((input: Input, job) => perform(world, worker, input, job)))
}

async function perform(world: World, worker: SimWorker, { n }: Input, job: JobContext): Promise<unknown> {
  const plan = world.plan.jobs[n]!
  const runsBefore = world.runs.byJob.get(job.id)?.length ?? 0
  const run: Run = {
    plan,
    act: plan.acts[Math.min(runsBefore, plan.acts.length - 1)]!,
    fiber: currentFiber()!,
    worker,
    attemptsMax: plan.attempts ?? world.plan.attempts,
    startedAtMs: world.clock.nowMs,
    over: undefined,
    givenUp: false,
    verdict: undefined,
    outcome: undefined,
    followUps: [],
  }
  if (job.attempt > job.attemptsMax || job.attemptsMax !== run.attemptsMax)
    world.fail(`${job.id} has ${job.attemptsMax} attempts`)
  world.trace.line(
    `${worker.name} runs ${plan.queue}/${n} attempt ${job.attempt} crashes ${job.crashes}: ${JSON.stringify(run.act)}`,
  )
  world.runs.start(run)
  try {
    if (plan.defers) job.defer(() => worker.process.sleep(5))
    await askForFollowUps(world, run, job)
    const result = await act(world, run, job)
    world.runs.over(run, 'returned')
    return result
  } catch (error) {
    world.runs.over(run, 'threw', error)
    throw error
  }
}

async function askForFollowUps(world: World, run: Run, job: JobContext): Promise<void> {
  for (const next of run.plan.followUps) {
    const definition = world.definitions.get(`${next.queue} ${next.name}`)!
    const id = await job.enqueue(definition, { n: next.n }, enqueueOptions(next))
    world.planOf.set(id, next)
    run.followUps.push(id)
  }
}

async function act(world: World, run: Run, job: JobContext): Promise<unknown> {
  const { act: planned, worker } = run
  if (planned.do === 'obey') return obey(job)
  if (planned.do === 'ignore') return ignore(world, run, job, planned.afterMs)
  await nap(world, run, planned.afterMs)
  switch (planned.do) {
    case 'snooze':
      throw new Snooze(planned.ms)
    case 'retryIn':
      throw new RetryIn(planned.ms)
    case 'giveUp':
      throw new GiveUp('it cannot succeed')
    case 'throw':
      throw oddThings[planned.what % oddThings.length]!()
    case 'crash':
      return worker.crash('a poison job', run.plan)
    case 'block':
      // Once it was given up, what keeps the loop is nobody's job any more.
      if (!run.givenUp) await worker.loop.keep({ run, ms: planned.ms, native: planned.native })
      return { n: run.plan.n }
    case 'return':
      if (planned.late === true) void tooLate(world, run, job)
      return { n: run.plan.n }
  }
}

/** Time passes, and after it the sandbox must still be the same one. */
async function nap(world: World, run: Run, ms: number): Promise<void> {
  if (ms > 0) await run.worker.process.sleep(ms)
  const fiber = peekFiber()
  if (fiber !== run.fiber && !run.fiber.settled)
    world.fail(`the sandbox of ${run.plan.n} holds another job after an await`)
}

async function obey(job: JobContext): Promise<never> {
  const { signal } = job
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  throw signal.reason
}

async function ignore(world: World, run: Run, job: JobContext, afterMs: number | undefined): Promise<unknown> {
  if (afterMs === undefined) return new Promise(() => {})
  await nap(world, run, afterMs)
  if (run.verdict !== undefined) await mustBeFenced(world, run, job)
  return { n: run.plan.n }
}

async function tooLate(world: World, run: Run, job: JobContext): Promise<void> {
  await run.worker.process.sleep(60)
  if (run.verdict !== undefined) await mustBeFenced(world, run, job)
}

/** What a job does after its end reaches nothing. */
async function mustBeFenced(world: World, run: Run, job: JobContext): Promise<void> {
  const [definition] = world.definitions.values()
  const error: unknown = await job.enqueue(definition!, { n: 0 }).catch((failure: unknown) => failure)
  if (!isFiberWorkError(error) || error.code !== 'FW_JOB_SETTLED')
    world.fail(`${run.plan.n} enqueued a job after its end`)
  if (peekFiber() !== undefined && peekFiber() === run.fiber)
    world.fail(`the sandbox of ${run.plan.n} was not emptied at its end`)
}

/** What handlers throw in real life. */
const oddThings: (() => unknown)[] = [
  () => new Error('ordinary'),
  () => new Error('hopeless'),
  () => null,
  () => undefined,
  () => 'text',
  () => 42n,
  () => Symbol('odd'),
  () => ({ toJSON: () => null }),
  () => ({
    get message() {
      throw new Error('unreadable')
    },
    toString() {
      throw new Error('unprintable')
    },
  }),
  () => Object.freeze(new Error('frozen')),
  () => Object.assign(new Error('round'), { cause: {} }),
  () => new FiberWorkError('FW_HTTP_FAILED', 'refused'),
  () => new FiberWorkError('FW_INPUT_INVALID', 'thrown by the handler itself'),
  () => new DOMException('aborted by somebody', 'AbortError'),
  () => () => 'a function',
]
