import { FiberWorkError } from '../contract/errors.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Service } from '../contract/scope.ts'
import { standIn } from '../engine/service.ts'
import type { Middleware } from '../job/options.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { currentFiber } from '../sandbox/storage.ts'
import { FakeClock } from './clock.ts'
import { installFakeTime, setClock } from './fake-time.ts'
import { installMockFetch } from './mock-fetch.ts'
import { mockingOf } from './mock-http.ts'

/** A service, and what jobs get in its place. `fake` makes one with types. */
export type ServiceFake = readonly [service: Service<unknown>, fake: unknown]

/** What a test puts around the jobs that it runs. */
export interface SettingOptions {
  /** What `job.http` is; that of `mockHttp()` answers for `Http` and a plain `fetch` as well. The real one by default. */
  http?: HttpClient
  /** Services of jobs and of the process, and what the handler gets in their place: `[[mailer, fakeMailer]]`. Nothing disposes of them. */
  services?: readonly ServiceFake[]
  /** Values of `job.scope` that are there before the handler begins. */
  scope?: Readonly<Record<string, unknown>>
  /**
   * `fake`: time stands still, and jumps to the next timer whenever the handler waits for nothing else. A `FakeClock`: time goes on
   * when the test says so. Timeouts, delays, backoff, and the handler's own timers and `Date` go by it. `real` by default.
   */
  time?: 'real' | 'fake' | FakeClock
}

/** A stand-in for a service, with its types: `services: [fake(mailer, { send: async () => {} })]`. */
export function fake<T>(service: Service<T>, value: NoInfer<T>): ServiceFake {
  return [service, value]
}

/** What stands around the jobs of one test. */
export interface Setting {
  clock: FakeClock | undefined
  /** Outermost of all. */
  middleware: Middleware
  /** Jobs that run now. */
  running(): number
  /** One of them waits for an answer through a facade. */
  waits(): boolean
  /** How often a worker looks after itself: in fake time seldom, or hours of it would take long. */
  pace: { connect: { leaseMs?: number }; work: { beatMs: number } }
  /** Whoever advances the clock waits, from now until the end. */
  stopTime(): void
  /** Restores what was there before. */
  end(): void
}

const realPace: Setting['pace'] = { connect: {}, work: { beatMs: 10 } }
const fakePace: Setting['pace'] = { connect: { leaseMs: 3_600_000 }, work: { beatMs: 60_000 } }

export function settingOf({ http, services = [], scope = {}, time = 'real' }: SettingOptions): Setting {
  check(services, time)
  const clock = time === 'real' ? undefined : time === 'fake' ? new FakeClock() : time
  const mocking = mockingOf(http)
  const running = new Set<Fiber>()
  let goOn: (() => void) | undefined
  const undo = [
    ...(clock === undefined ? [] : [installFakeTime()]),
    ...(mocking === undefined ? [] : [installMockFetch(mocking)]),
  ]
  return {
    clock,
    pace: clock === undefined ? realPace : fakePace,
    stopTime: () => (goOn ??= clock?.stop()),
    async middleware(_job, next) {
      const fiber = currentFiber()!
      for (const [service, value] of services) standIn(fiber, service, value)
      for (const [key, value] of Object.entries(scope)) fiber.scope.set(key, value)
      mocking?.mock.answerFor(fiber)
      if (clock !== undefined) setClock(fiber.handle, clock)
      running.add(fiber)
      try {
        return await next()
      } finally {
        running.delete(fiber)
      }
    },
    running: () => running.size,
    waits: () => [...running].some((fiber) => fiber.calls.size > 0),
    end: () => {
      goOn?.()
      for (const one of undo.toReversed()) one()
    },
  }
}

function check(services: readonly ServiceFake[], time: unknown): void {
  if (time !== 'real' && time !== 'fake' && !(time instanceof FakeClock))
    throw wrong(`\`time\` is ${JSON.stringify(time)}; allowed are 'real', 'fake' and a FakeClock`)
  for (const [service] of services)
    if (typeof (service as Partial<Service<unknown>> | undefined)?.get !== 'function')
      throw wrong('`services` is a list of pairs: a service, and what stands in for it')
}

function wrong(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `${message}.`)
}

/** Waits for a promise, moving the clock on meanwhile. */
export async function driven<T>(setting: Pick<Setting, 'clock' | 'waits'>, awaited: Promise<T>): Promise<T> {
  const { clock, waits } = setting
  let over = clock === undefined
  const ended = () => void (over = true)
  awaited.then(ended, ended)
  while (!over) await clock?.step(() => over || waits())
  return awaited
}

/** Without the fields that nobody has given. */
export function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never
}
