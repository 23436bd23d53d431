import type { ApiRequest, JobView, ScheduleView } from '../../src/client.ts'
import { ApiError } from '../../src/client.ts'
import type { Snapshot } from '../../src/contract/dashboard.ts'
import { hostileNames } from './hostile-names.ts'

/** A worker on paper, as far as the API before it tells and changes it. */
export interface Paper {
  readonly names: string[]
  readonly hostile: boolean
  readonly nowMs: () => number
  readonly paused: string[]
  readonly frozen: string[]
  dead: string[]
  concurrency: number
  state: Snapshot['worker']['state']
  snapshot(): Promise<Snapshot>
  queues(running: number): unknown[]
}

/** What the API before a worker on paper answers. Everything that comes from outside is hostile where that is asked for. */
export async function answerOf(worker: Paper, { method, path, body }: ApiRequest): Promise<unknown> {
  const [first = '', second = '', ...rest] = path
    .split('/')
    .slice(2)
    .map((part) => decodeURIComponent(part))
  if (method !== 'GET') return act(worker, [first, second, ...rest], body)
  switch (first) {
    case 'whoami':
      return { name: 'ada', role: 'admin' }
    case 'processes':
      return { processes: [{ process: 0, pid: 48_213, snapshot: await worker.snapshot() }], missing: [] }
    case 'queues':
      return rest[0] === undefined && second === '' ? { queues: worker.queues(9_600) } : ofQueue(worker, rest[0] ?? '')
    case 'jobs':
      return second === '' ? { jobs: jobs(worker), cursor: null } : ofJob(worker, second, rest[0])
    case 'schedules':
      return { schedules: schedules(worker) }
    case 'workers':
      return { workers: workers(worker) }
    case 'limiters':
      return { upstreams: [{ upstream: outside(worker, 2), until: isoIn(worker, 30_000) }], frozen: [], queues: [] }
    case 'bulk':
      return task(worker)
    case 'definitions':
      return { definitions: worker.names.slice(0, 4).map((name) => definition(name)) }
    default:
      throw new ApiError({ code: 'FW_API_NOT_FOUND', detail: `There is no ${method} ${path}.` })
  }
}

function outside({ hostile, names }: Paper, index: number): string {
  return hostile ? hostileNames[index % hostileNames.length]! : (names[index % names.length] ?? '')
}

function isoIn({ nowMs }: Paper, ms: number): string {
  return new Date(nowMs() + ms).toISOString()
}

function jobs(worker: Paper): JobView[] {
  return worker.dead.map((id) => job(worker, id, 'dead'))
}

function job(worker: Paper, id: string, state: JobView['state']): JobView {
  return {
    id,
    name: worker.names[2]!,
    queue: 'tenants',
    state,
    priority: 5,
    attempts: 5,
    crashes: 0,
    group: worker.hostile ? hostileNames[3]! : 'tenant-8812',
    tags: ['nightly', outside(worker, 4)],
    headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', odd: outside(worker, 1) },
    enqueuedAt: isoIn(worker, -3_600_000),
    startedAt: isoIn(worker, -65_000),
    ...(state === 'dead' && { settledAt: isoIn(worker, -61_000) }),
    error: worker.hostile
      ? hostileNames.join('\n')
      : 'TenantError: account 8812 is suspended\n    at pay (jobs/pay.ts:7:3)',
    input: {
      tenant: 8812,
      range: { from: '2026-05-01', to: '2026-05-31' },
      note: hostileNames[0],
      [outside(worker, 6)]: [1, 2, 3],
    },
    progress: outside(worker, 7),
    payloads: 'masked',
  }
}

function ofJob(worker: Paper, id: string, what: string | undefined): unknown {
  const known = worker.dead.includes(id) ? 'dead' : id.startsWith('01970f2c-77') ? 'running' : undefined
  if (known === undefined) throw new ApiError({ code: 'FW_JOB_UNKNOWN', detail: `There is no job ${id}.`, status: 404 })
  if (what !== 'log') return job(worker, id, known)
  const line = {
    at: isoIn(worker, -62_000),
    level: 'info',
    message: `POST ${outside(worker, 5)} 503`,
    fields: { ms: 12 },
  }
  return { lines: [line], kept: true }
}

function ofQueue(worker: Paper, what: string): unknown {
  const group = worker.hostile ? hostileNames[3]! : 'tenant-8812'
  if (what === 'groups') {
    return {
      groups: [
        {
          ...{ group, ready: 812, running: 4, held: 'rate', nextInMs: 1_400 },
          left: { rates: [{ tokens: 5, perMs: 10_000, burst: 8, left: 0, fullInMs: 16_000 }], nextInMs: 1_400 },
        },
        { ready: 3, running: 1 },
      ],
    }
  }
  const frozen = worker.frozen.map((one) => ({ group: one, until: '9999-01-01T00:00:00.000Z' }))
  const queue = { concurrencyMax: 500, rates: [{ tokens: 50, perMs: 1_000 }] }
  const left = { rates: [{ tokens: 50, perMs: 1_000, burst: 50, left: 37, fullInMs: 260 }], nextInMs: 0 }
  return { queue, groups: { concurrencyMax: 6 }, group: { [group]: { weight: 2 } }, frozen, left }
}

function schedules(worker: Paper): ScheduleView[] {
  const rest = { missed: 'last', overlap: 'skip', queue: 'tenants', name: worker.names[2]! }
  return [
    {
      id: worker.hostile ? hostileNames[0]! : 'nightly',
      cron: '0 3 * * *',
      timeZone: 'Europe/Berlin',
      paused: false,
      nextAt: isoIn(worker, 3_600_000),
      lastAt: isoIn(worker, -82_800_000),
      lastId: 'dead-1',
      ...rest,
    },
    { id: 'every-minute', everyMs: 60_000, paused: true, ...rest },
  ]
}

function workers(worker: Paper): unknown[] {
  const session = `${worker.hostile ? hostileNames[6]! : 'web-4'}:991:aa`
  return [{ session, held: 12, openedAt: isoIn(worker, -9_000_000), leaseUntil: isoIn(worker, 21_000) }]
}

function task(worker: Paper): unknown {
  return {
    id: 'task-1',
    action: 'retry',
    filter: {},
    ratePerSecond: 50,
    state: 'running',
    acted: 5,
    expected: 12,
    outcomes: { retried: 5 },
    by: 'ada',
    startedAt: isoIn(worker, -100),
  }
}

function definition(name: string): unknown {
  const inputSchema = {
    type: 'object',
    properties: {
      tenant: { type: 'integer', minimum: 1 },
      note: { type: 'string' },
      dry: { type: 'boolean', default: false },
    },
    required: ['tenant'],
  }
  return {
    name,
    queue: 'tenants',
    takesInput: true,
    inputSchema,
    priority: 5,
    attempts: 3,
    timeoutMs: false,
    lane: 'loop',
    fromInput: [],
  }
}

type Body = { action?: string; concurrency?: number; concurrencyMax?: number | null; ids?: string[] } | undefined

function act(
  worker: Paper,
  [first, second = '', third = '', fourth = '', fifth = '']: string[],
  given: unknown,
): unknown {
  const body = given as Body
  switch (first) {
    case 'processes':
      if (second === 'concurrency') worker.concurrency = body?.concurrency ?? 1
      else if (second !== 'reload') worker.state = second === 'pause' ? 'paused' : 'running'
      return second === 'reload'
        ? { replaced: 1, processes: 1 }
        : { processes: [{ process: 0, pid: 48_213, answer: true }], missing: [] }
    case 'queues': {
      const set = third === 'groups' ? worker.frozen : worker.paused
      const what = third === 'groups' ? fourth : second
      const verb = third === 'groups' ? fifth : third
      if (verb === 'pause') set.push(what)
      if (verb === 'resume') set.splice(set.indexOf(what), 1)
      return {}
    }
    case 'jobs':
      if (second === '') return { id: '01970f2c-77aa-new', outcome: 'added', name: 'x', queue: 'tenants' }
      if (third === 'rerun')
        return { id: '01970f2c-77aa-new', outcome: 'added', name: worker.names[2], queue: 'tenants' }
      if (third === 'cancel') return { id: second, outcome: 'cancelling' }
      worker.dead = worker.dead.filter((id) => id !== second)
      return { id: second, outcome: third === 'retry' ? 'retried' : 'removed' }
    case 'schedules':
      return { schedule: second, id: '01970f2c-77aa-run', outcome: 'added' }
    case 'bulk':
      return second === 'preview' ? { count: 12, exact: true, filter: {}, sample: [] } : task(worker)
    default:
      throw new ApiError({ code: 'FW_API_NOT_FOUND', detail: 'There is no such thing.' })
  }
}
