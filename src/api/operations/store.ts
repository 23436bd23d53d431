import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { SessionRecord } from '../../contract/inspector.ts'
import type { Api } from '../api.ts'
import { operation } from '../operation.ts'
import { time } from '../schemas/common.ts'
import { queue } from '../schemas/queue.ts'
import { isoTime } from '../views/time.ts'
import { depths, queueView } from './queues.ts'

const worker = z
  .object({
    session: z.string().meta({ description: '`host:pid:nonce`' }),
    held: z.int().meta({ description: 'Jobs that it has on loan.' }),
    openedAt: time,
    leaseUntil: time,
    about: z.unknown().optional(),
    health: z.unknown().optional().meta({ description: 'What its guardian thread said of its event loop.' }),
  })
  .meta({ id: 'Worker' })

export const stats = operation({
  id: 'stats',
  method: 'GET',
  path: '/v1/stats',
  tag: 'Store',
  right: 'see',
  summary: 'The store at a glance: its queues and its workers',
  answer: z.object({
    url: z.string(),
    driver: z.string(),
    version: z.string(),
    now: time,
    queues: z.array(queue),
    workers: z.array(worker),
    knowsWorkers: z.boolean().meta({ description: 'False: a broker that cannot tell who works it.' }),
  }),
  async run(api, { caller }) {
    const [queues, workers, rates] = await Promise.all([depths(api, caller), workersOf(api), api.rates.now()])
    return {
      url: api.client.url,
      driver: api.client.driver.name,
      version: api.version,
      now: isoTime(api.env.nowMs()),
      queues: queues.map((depth) => queueView(depth, rates.get(depth.queue))),
      workers: workers.map(workerView),
      knowsWorkers: api.client.driver.inspector !== undefined,
    }
  },
})

export const listWorkers = operation({
  id: 'listWorkers',
  method: 'GET',
  path: '/v1/workers',
  tag: 'Workers',
  right: 'see',
  summary: 'The workers of the store, on all machines',
  answer: z.object({ workers: z.array(worker) }),
  async run(api) {
    if (api.client.driver.inspector === undefined) {
      throw new FiberWorkError(
        'FW_DRIVER_TRAIT',
        `The ${api.client.driver.name} driver does not know its workers (facet \`inspector\`).`,
      )
    }
    return { workers: (await workersOf(api)).map(workerView) }
  },
})

/** A worker says of itself what it is; whoever only asks or enqueues says nothing. */
async function workersOf({ client }: Api): Promise<SessionRecord[]> {
  if (client.driver.inspector === undefined) return []
  const { session: ours } = await client.driver.open()
  const all = await client.sessions()
  return all.filter(({ session, about, held }) => session !== ours && (about !== '' || held > 0))
}

function workerView({
  session,
  about,
  health,
  held,
  openedAtMs,
  leaseUntilMs,
}: SessionRecord): z.output<typeof worker> {
  return {
    session,
    held,
    openedAt: isoTime(openedAtMs),
    leaseUntil: isoTime(leaseUntilMs),
    ...(about !== '' && { about: parsed(about) }),
    ...(health !== undefined && health !== '' && { health: parsed(health) }),
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

export type WorkerView = z.output<typeof worker>
export type StatsView = z.output<typeof stats.answer>
