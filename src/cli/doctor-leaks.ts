import type { Command } from 'commander'
import { on } from '../base/emit.ts'
import { systemEnv } from '../base/env.ts'
import { nearest } from '../base/nearest.ts'
import { plain } from '../base/text.ts'
import type { Settings } from '../config/options.ts'
import type { Client } from '../connect/client.ts'
import type { WorkOptions } from '../connect/work.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { jobStates } from '../contract/job.ts'
import type { Trial, TrialRun } from '../isolation/trial.ts'
import { type AnyHandler, defineJob } from '../job/definition.ts'
import type { Middleware } from '../job/options.ts'
import { currentFiber } from '../sandbox/storage.ts'
import type { Worker } from '../worker/worker.ts'
import { loadContext } from './context.ts'
import type { Check } from './doctor-checks.ts'
import { exitCodes } from './exit-codes.ts'
import type { Given } from './flags.ts'
import { findingLine, paint } from './output.ts'
import { showProgress } from './progress.ts'
import { countFlag } from './run-flags.ts'
import { showCount } from './time.ts'

/** `fiber-work doctor --leaks NAME`: what it was given. */
export interface LeakFlags extends Given {
  leaks?: string
  input?: string
  runs: number
}

/** Runs at once, where `--concurrency` does not say. */
const concurrencyDefault = 50
/** Measurements, and the part of the runs before the first one. */
const stages = 12
const warmUpPart = 0.25
/** The lower end of the interval must be beyond this: no object is smaller, and what V8 makes of code grows for a while as well. */
const bytesMin = 16
const chunk = 1_000
/**
 * The store, which is in this process, and the engine keep their last answers (64 of up to 500 jobs): they are filled with jobs that do
 * nothing, or they would seem to grow.
 */
const idleJobs = 50_000
/** As many again through the watched worker itself, whose answers are as small as its concurrency. */
const idleCalls = 100

export function addLeakFlags(command: Command): void {
  command
    .option('--leaks <NAME>', 'run this job again and again, and tell whether the process grows with it')
    .option('--input <JSON>', 'its input, with --leaks')
    .option('--runs <N>', 'how often, with --leaks', countFlag('runs', stages, 10_000_000), 6_000)
}

/** What the runs came to beside what they left. */
interface Ran {
  failed: number
  error: string | undefined
  zombies: { count: number; newest: string | undefined }
}

/** Runs one definition, in this process and on a store of its own, and judges what it leaves. Ends with 1 when it leaks. */
export async function doctorLeaks(name: string, given: LeakFlags): Promise<void> {
  const { settings, output } = await loadContext(given)
  const { runs } = given
  const concurrency = given['concurrency'] === undefined ? concurrencyDefault : settings.concurrency
  const handler = await handlerOf(name, settings)
  const input = inputOf(given.input)
  const warmUp = Math.ceil(runs * warmUpPart)
  const progress = showProgress(output, 'runs', warmUp + runs)
  const { trial, ran, finished } = await tryOut(handler, input, { runs, warmUp, concurrency, done: progress.set })
  progress.end()
  const checks = checksOf(trial, ran, finished)
  const ok = checks.every(({ state }) => state !== 'fail')
  const { heap, points, sandboxes, handles, listeners } = trial
  const data = { ok, definition: name, queue: handler.queue.name, runs, warmUp, concurrency, ...ran, checks }
  output.answer({ ...data, heap: { ...heap, unit: 'bytes a run', points }, sandboxes, handles, listeners }, () =>
    [
      `${showCount(runs)} runs of ${plain(name)}, ${showCount(concurrency)} at once, after ${showCount(warmUp)} to warm up`,
      '',
      ...checks.map(findingLine),
      '',
      ok ? paint('green', 'No leak was seen.') : paint('red', 'It leaks.'),
    ].join('\n'),
  )
  if (!ok) process.exitCode = exitCodes.failed.code
}

async function handlerOf(name: string, { jobs }: Settings): Promise<AnyHandler> {
  const { loadJobs } = await import('./load/jobs.ts')
  const { handlers } = await loadJobs(jobs, process.cwd())
  const found = handlers.find((handler) => handler.name === name)
  if (found !== undefined) return found
  const known = handlers.map((handler) => handler.name)
  const near = nearest(name, known)
  const hint = near === undefined ? `There are: ${known.join(', ') || 'none'}.` : `Did you mean "${near}"?`
  throw new FiberWorkError('FW_JOB_INVALID', `No handler is named "${name}" (${jobs.join(', ')}). ${hint}`)
}

function inputOf(json: string | undefined): unknown {
  if (json === undefined) return undefined
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new FiberWorkError('FW_INPUT_INVALID', `--input is not JSON: ${(cause as Error).message}`, { cause })
  }
}

interface Trying {
  runs: number
  warmUp: number
  concurrency: number
  done: (count: number) => void
}

async function tryOut(handler: AnyHandler, input: unknown, { runs, warmUp, concurrency, done }: Trying) {
  const [{ connect }, { TrialRun }] = await Promise.all([
    import('../connect/connect.ts'),
    import('../isolation/trial.ts'),
  ])
  await using client = await connect('memory:')
  const ran: Ran = { failed: 0, error: undefined, zombies: { count: 0, newest: undefined } }
  let finished = 0
  const run = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= chunk) {
      const inputs = Array<unknown>(Math.min(left, chunk)).fill(input)
      await client.enqueueMany(handler, inputs, { attempts: 1, keep: false })
      await worker.idle()
      finished += inputs.length
      done(finished)
    }
    await forgetOthers(client)
  }
  const fill = async (jobs: number, by: Worker): Promise<void> => {
    const nothings = Array<undefined>(chunk).fill(undefined)
    for (let n = 0; n < jobs; n += chunk) await client.enqueueMany(nothing, nothings)
    await by.idle()
  }
  const trialRun = new TrialRun({ env: systemEnv, run, warmUp, stages, stageJobs: Math.ceil(runs / stages) })
  const watched = { isolation: 'warn', use: [follow(trialRun, handler.name)] } satisfies WorkOptions
  const nothing = defineJob('fiber-work-doctor-nothing', { queue: handler.queue, keep: false }, () => {})
  // Unwatched, because watching a job closely costs more than running it.
  const filler = await client.work([nothing], { isolation: 'off', guardian: false })
  await fill(idleJobs, filler)
  await filler.stop()
  await using worker = await client.work([handler, nothing], { ...watched, concurrency, guardian: false })
  await fill(Math.min(idleCalls * concurrency, idleJobs), worker)
  const off = listen(ran)
  const trial = await trialRun.measure()
  off()
  return { trial, ran, finished }
}

function follow(trial: TrialRun, name: string): Middleware {
  return async (_job, next) => {
    const fiber = currentFiber()
    try {
      return await next()
    } finally {
      if (fiber?.loan.job.name === name) trial.ended(fiber)
    }
  }
}

function listen(ran: Ran): () => void {
  const off = [
    on('job.ended', ({ verdict, error }) => {
      if (verdict === 'done') return
      ran.failed++
      ran.error ??= String(error).split('\n', 1)[0]!.slice(0, 300)
    }),
    on('job.zombie', ({ left, kinds }) => {
      ran.zombies.count += Object.values(kinds).reduce((sum, of) => sum + of, 0)
      ran.zombies.newest = left[0]
    }),
  ]
  return () => off.forEach((end) => end())
}

/** Dead jobs and follow-ups stay in the store, which is in this process: they are no leak of the handler. */
async function forgetOthers(client: Client): Promise<void> {
  for (const { queue } of await client.depth())
    await client.purge(
      queue,
      jobStates.filter((state) => state !== 'running'),
    )
}

function checksOf({ heap, sandboxes, handles, listeners }: Trial, ran: Ran, runs: number): Check[] {
  const { slope, low, high } = heap
  const grows = low >= bytesMin
  const interval = `${bytes(slope)} a run, between ${bytes(low)} and ${bytes(high)} (95 %)`
  const grown = [...handles, listeners].filter(({ before, after }) => after > before)
  // One or two may be a connection that the first runs had no need of.
  const leaking = grown.filter(({ before, after }) => after - before > Math.max(2, runs / 1_000))
  const changes = grown.map(({ what, before, after }) => `${what} ${before} → ${after}`).join(', ')
  const { failed, error, zombies } = ran
  return [
    { name: 'heap', state: grows ? 'fail' : 'ok', text: grows ? `grows by ${interval}` : `does not grow: ${interval}` },
    {
      name: 'sandboxes',
      state: sandboxes.kept > sandboxes.followed / 100 ? 'fail' : 'ok',
      text: `${showCount(sandboxes.kept)} of ${showCount(sandboxes.followed)} are still there`,
    },
    {
      name: 'handles',
      state: leaking.length > 0 ? 'fail' : 'ok',
      text: changes === '' ? 'as many handles and listeners as before' : plain(changes),
    },
    {
      name: 'zombies',
      state: zombies.count > 0 ? 'fail' : 'ok',
      text:
        zombies.newest === undefined
          ? 'nothing was left running'
          : plain(`${showCount(zombies.count)} left running; the newest: ${zombies.newest}`),
    },
    ...(failed === 0
      ? []
      : [
          {
            name: 'runs',
            state: 'warn' as const,
            text: plain(`${showCount(failed)} of ${showCount(runs)} failed: ${error}`),
          },
        ]),
  ]
}

function bytes(value: number): string {
  return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} bytes`
}
