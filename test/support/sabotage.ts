import type { Driver, Inspector } from '../../src/contract/index.ts'
import { type CutName, without } from './reduced.ts'

export type Sabotage = (driver: Driver) => Partial<Driver>
/** What is wrong, the law that catches it, the bug, and what the driver lacks where the bug is one of those who lack something. */
export type Planted = [bug: string, law: string, sabotage: Sabotage, cut?: CutName]

const never = new AbortController().signal
const none = { taken: 0, more: false }

const looking =
  (change: (inspector: Inspector) => Partial<Inspector>): Sabotage =>
  (driver) => ({ inspector: { ...driver.inspector!, ...change(driver.inspector!) } })

/** Bugs of a driver that can do everything. */
export const planted: Planted[] = [
  [
    'the fence is open',
    'a receipt that was settled is stale from then on',
    (driver) => ({
      settle: async (call, items) => (await driver.settle(call, items)).map(() => ({ outcome: 'settled' })),
    }),
  ],
  [
    'an invented receipt fails the whole call',
    'a receipt that never was is stale, beside good ones, in their order',
    (driver) => ({
      async settle(call, items) {
        if (items.some(({ receipt }) => receipt === '')) throw new Error('bad receipt')
        return driver.settle(call, items)
      },
    }),
  ],
  [
    'answers come in another order',
    'answers one outcome a job, in their order',
    (driver) => ({ enqueue: async (call, jobs) => (await driver.enqueue(call, jobs)).toReversed() }),
  ],
  [
    'a body is trimmed',
    'bodies come back byte for byte',
    (driver) => ({
      enqueue: (call, jobs) =>
        driver.enqueue(
          call,
          jobs.map((job) => ({ ...job, body: job.body.trim() })),
        ),
    }),
  ],
  [
    'a repeated enqueue is a new one',
    'enqueue: the same call answers the same and adds once',
    (driver) => ({
      enqueue: (
        (seq) =>
        ({ lane }, jobs) =>
          driver.enqueue({ lane, seq: ++seq }, jobs)
      )(0),
    }),
  ],
  [
    'a release burns the attempt',
    'release: it comes back, and the attempt is given back',
    (driver) => ({
      settle: (call, items) =>
        driver.settle(
          call,
          items.map(({ receipt, verdict }) => ({
            receipt,
            verdict: verdict.kind === 'release' ? { ...verdict, kind: 'retry' } : verdict,
          })),
        ),
    }),
  ],
  [
    'the limit of a queue is overlooked',
    'gives at most the limit of the call, and of each queue',
    (driver) => ({
      reserve: (call, want) =>
        driver.reserve(call, { ...want, demand: want.demand.map(({ queue }) => ({ queue, limit: want.limit })) }),
    }),
  ],
  [
    'an aborted wait goes on',
    'an aborted wait ends promptly',
    (driver) => ({ reserve: (call, want) => driver.reserve(call, { ...want, signal: never }) }),
  ],
  [
    'an aborted wait drops what it took',
    'an abort in the same moment as a job loses nothing: delivered, or still there',
    (driver) => ({
      async reserve(call, want) {
        const reserved = await driver.reserve(call, want)
        await Promise.resolve()
        return want.signal.aborted ? { jobs: [], broken: [] } : reserved
      },
    }),
  ],
  [
    'a sweep takes what is alive',
    'a session whose lease holds is not swept',
    (driver) => ({
      sweep: async () => ((await driver.depth(['q']))[0]!.running > 0 ? { taken: 1, more: false } : none),
    }),
  ],
  [
    'a sweep does nothing',
    'what a dead session held is taken back, attempt given back and one crash counted',
    () => ({ sweep: async () => none }),
  ],
  [
    'a beat does not renew',
    'a beat that renews keeps the loans',
    (driver) => ({ beat: (report) => driver.beat({ ...report, renew: false }) }),
  ],
  [
    'a beat always renews',
    'a beat that does not renew leaves the lease alone',
    (driver) => ({ beat: (report) => driver.beat({ ...report, renew: true }) }),
  ],
  [
    'close keeps the loans',
    'close gives back what is on loan, without an attempt or a crash',
    () => ({ close: async () => {} }),
  ],
  [
    'a due time is forgotten',
    'a delayed job is not given out before it is due, and then it is',
    (driver) => ({
      enqueue: (call, jobs) =>
        driver.enqueue(
          call,
          jobs.map((job) => without(job, 'due')),
        ),
    }),
  ],
  [
    'follow-ups are lost',
    'follow-ups are enqueued with the verdict and answered',
    (driver) => ({
      settle: (call, items) =>
        driver.settle(
          call,
          items.map(({ receipt, verdict }) => ({ receipt, verdict: without(verdict, 'followUps') })),
        ),
    }),
  ],
  [
    'queue names are cut at a colon',
    'two queue names are two queues',
    (driver) => ({
      enqueue: (call, jobs) =>
        driver.enqueue(
          call,
          jobs.map((job) => ({ ...job, queue: job.queue.split(':')[0]! })),
        ),
    }),
  ],
  [
    'reconcile gives back all',
    'reconcile: loans that we do not know are released, attempt given back',
    (driver) => ({ reconcile: () => driver.reconcile([]) }),
  ],
  [
    'depth leaves out queues that it does not know',
    'depth of queues that nobody has seen is zero, one answer a queue, in their order',
    (driver) => ({ depth: async (queues) => (await driver.depth(queues)).filter(({ ready }) => ready > 0) }),
  ],
  [
    'one lane waits for another',
    'a lane that waits does not hold up the others',
    (driver) => ({
      reserve: ((last: Promise<unknown>) => (call, want) => {
        const next = last.then(() => driver.reserve(call, want))
        next.catch(() => {})
        last = next
        return next
      })(Promise.resolve()),
    }),
  ],
  [
    'a retry is lost in the delayed ones',
    'retry: it comes back with one attempt more',
    (driver) => ({
      settle: (call, items) =>
        driver.settle(
          call,
          items.map(({ receipt, verdict }) => ({
            receipt,
            verdict: verdict.kind === 'retry' ? { ...verdict, due: { inMs: 3_600_000 } } : verdict,
          })),
        ),
    }),
  ],
  [
    'a search reads on until its page is full',
    'a bounded search looks at about so many jobs, and tells how many and how far it came',
    looking((inspector) => ({ list: (filter, page) => inspector.list(filter, without(page, 'readMax')) })),
  ],
  [
    'a search forgets where it came to when it found nothing',
    'a search that is bounded finds, page by page, what an unbounded one finds',
    looking((inspector) => ({
      async list(filter, page) {
        const found = await inspector.list(filter, page)
        return found.jobs.length > 0 ? found : without(found, 'cursor')
      },
    })),
  ],
  [
    'trim counts all states together',
    'trim forgets what ended first, down to the count, each state apart',
    looking((inspector) => ({
      trim: (queue, states, keep, limit) =>
        inspector.trim!(queue, states, { ...keep, count: Math.floor(keep.count / states.length) }, limit),
    })),
  ],
  [
    'trim overlooks the age',
    'trim forgets what ended longer ago than the age',
    looking((inspector) => ({
      trim: (queue, states, keep, limit) => inspector.trim!(queue, states, { ...keep, ageMs: Infinity }, limit),
    })),
  ],
  [
    'trim removes with the job the key that is held for a time',
    'trim leaves unique keys as they are: one with a window is held until its end',
    (driver) => ({
      enqueue: (call, jobs) =>
        driver.enqueue(
          call,
          jobs.map((job) => (job.unique === undefined ? job : { ...job, unique: without(job.unique, 'forMs') })),
        ),
    }),
  ],
  [
    'groups that only run are not told',
    'groups: one whose jobs all run is told, one whose jobs are gone or wait for their time is not',
    looking((inspector) => ({
      groups: async (queue, limit) => (await inspector.groups!(queue, limit)).filter(({ ready }) => ready > 0),
    })),
  ],
  [
    'what holds a group is not told once it is parked',
    'groups: what holds one of them is told, and nothing where nothing does',
    looking((inspector) => ({
      groups: async (queue, limit) => (await inspector.groups!(queue, limit)).map((group) => without(group, 'held')),
    })),
  ],
  [
    'the moment of the next start forgets the limits of the queue',
    'groups: what binds the whole queue puts the next start off as well',
    looking((inspector) => ({
      groups: async (queue, limit) =>
        (await inspector.groups!(queue, limit)).map((group) => ({ ...group, nextInMs: group.left?.nextInMs ?? 0 })),
    })),
  ],
]
