import type { Command } from 'commander'
import { FiberWorkError } from '../contract/errors.ts'
import { formatDuration } from '../base/duration.ts'
import type { QueueDepth } from '../contract/driver.ts'
import type { SessionRecord } from '../contract/inspector.ts'
import { withStore } from './context.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { paint } from './output.ts'
import { type Column, table } from './table.ts'
import { isoTime, showCount, showTime } from './time.ts'

/** `fiber-work stats [QUEUE…]`: how full the queues are, and who works them. */
export function register(command: Command): void {
  addOutputFlags(addSettings(command.argument('[QUEUE...]', 'only these queues'), ['url', 'ledger']))
  command.action((queues: string[], given: Given) => stats(queues, given))
}

const counts = ['ready', 'delayed', 'blocked', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const

const queueColumns: Column<QueueDepth>[] = [
  { title: 'QUEUE', cell: ({ queue }) => queue },
  ...counts.map((name): Column<QueueDepth> => ({
    title: name.toUpperCase(),
    cell: (depth) => showCount(depth[name]),
    align: 'right',
  })),
  {
    title: 'OLDEST',
    cell: ({ oldestReadyMs }) => (oldestReadyMs === undefined ? '' : formatDuration(oldestReadyMs)),
    align: 'right',
  },
  { title: '', cell: ({ paused }) => (paused ? 'paused' : '') },
]

const workerColumns: Column<SessionRecord>[] = [
  { title: 'WORKER', cell: ({ session }) => session },
  { title: 'HOLDS', cell: ({ held }) => showCount(held), align: 'right' },
  { title: 'SINCE', cell: ({ openedAtMs }) => showTime(openedAtMs) },
  { title: 'LEASE UNTIL', cell: ({ leaseUntilMs }) => showTime(leaseUntilMs) },
]

function stats(asked: string[], given: Given): Promise<void> {
  return withStore(given, {}, async ({ client, output }) => {
    const { name, inspector } = client.driver
    if (asked.length === 0 && inspector === undefined) throw listsNone(name)
    const queues = await client.depth(asked.length > 0 ? asked : undefined)
    const { session: ours } = await client.driver.open()
    const all = (await inspector?.sessions()) ?? []
    // A worker says of itself what it is; whoever only asks or enqueues says nothing.
    const workers = all.filter(({ session, about, held }) => session !== ours && (about !== '' || held > 0))
    const data = { url: client.url, queues, workers: workers.map(workerView) }
    output.answer(data, () => {
      const first = queues.length > 0 ? table(queues, queueColumns) : `No queues yet at ${client.url}.`
      const none = inspector === undefined ? 'This store does not know its workers.' : 'No worker is running.'
      const second = workers.length > 0 ? table(workers, workerColumns) : paint('dim', none)
      return `${first}\n\n${second}`
    })
  })
}

function listsNone(driver: string): FiberWorkError {
  const message = `The ${driver} driver does not list queues (facet \`inspector\`): name those to look at (fiber-work stats QUEUE).`
  return new FiberWorkError('FW_DRIVER_TRAIT', message)
}

function workerView({ session, about, held, openedAtMs, leaseUntilMs }: SessionRecord): object {
  return { session, held, openedAt: isoTime(openedAtMs), leaseUntil: isoTime(leaseUntilMs), about: parsed(about) }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
