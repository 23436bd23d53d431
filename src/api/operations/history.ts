import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { HistoryPoint, Spread } from '../../contract/history.ts'
import { scopedQueue } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { milliseconds, name, time } from '../schemas/common.ts'
import { isoTime } from '../views/time.ts'

const hourMs = 3_600_000
const monthMs = 31 * 24 * hourMs

const spread = z.object({ count: z.number(), mean: z.number(), p50: z.number(), p95: z.number(), p99: z.number() })

const point = z.object({
  at: time.meta({ description: 'When its time begins.' }),
  enqueued: z.number(),
  started: z.number(),
  done: z.number(),
  retried: z.number(),
  released: z.number(),
  dead: z.number(),
  cancelled: z.number(),
  quarantined: z.number(),
  inFlightMax: z.number(),
  runMs: spread.optional(),
  waitMs: spread.optional(),
  depth: z
    .object({ ready: z.number(), delayed: z.number(), running: z.number(), oldestReadyMs: z.number() })
    .optional(),
})

export const history = operation({
  id: 'history',
  method: 'GET',
  path: '/v1/history',
  tag: 'Store',
  right: 'see',
  summary: 'What was, minute by minute for a day and hour by hour for a month',
  description: 'The last hour by default. At most 1,500 points are answered: `stepMs` is what holds.',
  query: z.strictObject({
    from: z.iso.datetime({ offset: true }).exactOptional(),
    to: z.iso.datetime({ offset: true }).exactOptional(),
    stepMs: milliseconds(monthMs).exactOptional(),
    queue: name.exactOptional(),
    name: name.exactOptional(),
  }),
  answer: z.object({
    from: time,
    to: time,
    stepMs: z.number(),
    points: z.array(point),
    queues: z.array(z.string()),
    names: z.array(z.string()),
    whole: z
      .boolean()
      .meta({ description: 'False: there was more than one request reads, and the newest is missing.' }),
  }),
  async run(api, { query: { from, to, stepMs, queue, name: job }, caller }) {
    const toMs = to === undefined ? api.env.nowMs() : Date.parse(to)
    const fromMs = from === undefined ? toMs - hourMs : Date.parse(from)
    if (fromMs >= toMs) throw new FiberWorkError('FW_API_INVALID', 'query.from: it has to be before `to`.')
    const scoped = scopedQueue(caller, queue)
    const found = await api.client.history({
      fromMs,
      toMs,
      ...(stepMs !== undefined && stepMs > 0 && { stepMs }),
      ...(scoped !== undefined && { queue: scoped }),
      ...(job !== undefined && { name: job }),
    })
    return {
      from: isoTime(found.fromMs),
      to: isoTime(found.toMs),
      stepMs: found.stepMs,
      points: found.points.map(pointView),
      queues: scoped === undefined ? found.queues : [scoped],
      names: found.names,
      whole: found.whole,
    }
  },
})

function pointView({ atMs, ...rest }: HistoryPoint): z.output<typeof point> {
  return { at: isoTime(atMs), ...rest } satisfies Omit<HistoryPoint, 'atMs'> & { at: string; runMs?: Spread }
}

export type HistoryView = z.output<typeof history.answer>
