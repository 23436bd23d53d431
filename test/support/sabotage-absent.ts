import type { Receipt } from '../../src/contract/index.ts'
import type { Planted } from './sabotage.ts'

/** Bugs of drivers that lack something, and pretend or go wrong about it. */
export const plantedInAbsence: Planted[] = [
  [
    'a late verdict of an unfenced store is called settled',
    'one receipt twice in a call: settled, then stale',
    (driver) => ({
      settle: async (call, items) => (await driver.settle(call, items)).map(() => ({ outcome: 'settled' })),
    }),
    'fence: advisory',
  ],
  [
    'a repeated settle without a record fails',
    'settle: the same call answers settled again, and changes nothing the second time',
    (driver) => ({
      settle: ((seen) => async (call, items) => {
        if (seen.has(call.seq)) throw new Error('unknown delivery tag')
        seen.add(call.seq)
        return driver.settle(call, items)
      })(new Set<number>()),
    }),
    'replay',
  ],
  [
    'a driver without atomic follow-ups enqueues them all the same',
    'follow-ups are enqueued with the verdict and answered',
    (driver) => ({
      async settle(call, items) {
        const followUps = items.flatMap(({ verdict }) => verdict.followUps ?? [])
        if (followUps.length > 0) await driver.enqueue({ lane: 5, seq: call.seq }, followUps)
        return driver.settle(call, items)
      },
    }),
    'followUps',
  ],
  [
    'a driver without delays loses what is delayed',
    'a delayed job is not given out before it is due, and then it is',
    (driver) => ({
      async enqueue(call, jobs) {
        await driver.enqueue(
          call,
          jobs.filter(({ due }) => due === undefined),
        )
        return jobs.map(({ id }) => ({ outcome: 'added', id }))
      },
    }),
    'delays',
  ],
  [
    'a driver without an order skips jobs',
    'first in, first out inside a priority',
    (driver) => ({
      async reserve(call, want) {
        const { jobs, broken } = await driver.reserve(call, want)
        return { jobs: jobs.slice(0, 40), broken }
      },
    }),
    'order',
  ],
  [
    'a driver without history counts what it does not keep',
    'a done job that is kept counts as done, and as nothing else',
    (driver) => ({ depth: async (queues) => (await driver.depth(queues)).map((depth) => ({ ...depth, done: 1 })) }),
    'history',
  ],
  [
    'a lease a message is never taken back',
    'a lease a message: what nobody renews comes back by itself',
    (driver) => ({
      reserve: async (call, want) => ({
        broken: [],
        jobs: (await driver.reserve(call, want)).jobs.filter(({ crashes }) => crashes === 0),
      }),
    }),
    'lease: message',
  ],
  [
    'a lease a message is not renewed',
    'a lease a message: beats that renew keep the loans',
    (driver) => ({ beat: (report) => driver.beat({ ...report, renew: false }) }),
    'lease: message',
  ],
  [
    'a driver without a session lease sweeps',
    'without a lease a session nothing is swept, and the session lives',
    () => ({ sweep: async () => ({ taken: 1, more: false }) }),
    'lease: connection',
  ],
  [
    'reconcile claims what it did not do',
    'reconcile tells what it gave back, and gives it back',
    () => ({ reconcile: async () => ({ released: 2, revoked: [] as Receipt[] }) }),
    'lease: connection',
  ],
  [
    'a driver that counts no crashes counts them',
    'what a dead session held is taken back, attempt given back and one crash counted',
    (driver) => ({
      async reserve(call, want) {
        const { jobs, broken } = await driver.reserve(call, want)
        return { jobs: jobs.map((loan) => ({ ...loan, crashes: 1 })), broken }
      },
    }),
    'crashes',
  ],
  [
    'a driver without unique keys refuses the second',
    'keep: while the first one is ready or runs, the newcomer is a duplicate and hears its id',
    (driver) => ({
      enqueue: (call, jobs) =>
        driver.enqueue(
          call,
          jobs.filter(({ unique }, i) => unique === undefined || i === 0),
        ),
    }),
    'unique',
  ],
  [
    'a driver without groups gives out one of each',
    'a single job waits behind at most ten of a tenant that has thousands waiting, with batches of 5 and of 500',
    (driver) => ({
      async reserve(call, want) {
        const { jobs, broken } = await driver.reserve(call, want)
        return { jobs: [...new Map(jobs.map((loan) => [loan.job.group, loan])).values()], broken }
      },
    }),
    'groups',
  ],
  [
    'a driver without an inspector tells of a pause',
    'a paused queue gives nothing, takes jobs, and lets those that run end',
    (driver) => ({ beat: async (report) => ({ ...(await driver.beat(report)), paused: ['q'] }) }),
    'inspector',
  ],
  [
    'a driver without limits holds jobs back',
    'concurrencyMax of a queue binds all workers together',
    (driver) => ({ reserve: (call, want) => driver.reserve(call, { ...want, limit: Math.min(3, want.limit) }) }),
    'limits',
  ],
]
