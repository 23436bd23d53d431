import type { Command } from 'commander'
import type { WorkerView } from '../api/operations/store.ts'
import type { QueueView } from '../api/schemas/queue.ts'
import { formatDuration } from '../base/duration.ts'
import { sleep, systemEnv } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { addPlace, durationFlag, type Given } from './flags.ts'
import { paint } from './output.ts'
import { type Column, table } from './table.ts'
import { showCount } from './time.ts'
import { type ApiContext, withApi } from './with-api.ts'
import { workerColumns } from './workers.ts'

interface StatsFlags extends Given {
  watch?: string | true
}

/** `fiber-work stats [QUEUE…]`: how full the queues are, and who works them. */
export function register(command: Command): void {
  addPlace(command.argument('[QUEUE...]', 'only these queues'))
    .option('--watch [TIME]', 'again and again (2s), until Ctrl-C; with --json a document a line')
    .action((queues: string[], given: StatsFlags) => {
      const everyMs = given.watch === undefined ? undefined : everyOf(given.watch)
      return withApi(given, {}, async (context) => {
        if (everyMs !== undefined) return watch(context, queues, everyMs)
        const seen = await look(context, queues)
        context.output.answer(seen, () => textOf(seen))
      })
    })
}

function everyOf(given: string | true): number {
  const everyMs = given === true ? 2_000 : durationFlag('--watch', given)
  if (everyMs >= 200 && everyMs <= 86_400_000) return everyMs
  throw new FiberWorkError('FW_CONFIG_INVALID', `--watch is ${JSON.stringify(given)}; allowed is 200ms to 1d.`)
}

const counts = ['ready', 'delayed', 'blocked', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const

const isBad = ({ dead, quarantined }: QueueView): boolean => dead + quarantined > 0

const queueColumns: Column<QueueView>[] = [
  { title: 'QUEUE', cell: ({ queue }) => queue },
  ...counts.map((name): Column<QueueView> => ({
    title: name.toUpperCase(),
    cell: (depth) => showCount(depth[name]),
    align: 'right',
    colour: (depth) => (name === 'dead' && isBad(depth) ? 'red' : undefined),
  })),
  {
    title: 'OLDEST',
    cell: ({ oldestReadyMs }) => (oldestReadyMs === undefined ? '' : formatDuration(oldestReadyMs)),
    align: 'right',
  },
  { title: '', cell: ({ paused }) => (paused ? 'paused' : ''), colour: () => 'yellow' },
]

interface Seen {
  url?: string
  queues: QueueView[]
  workers: WorkerView[]
  knowsWorkers: boolean
}

/** Where queues cannot be listed those that are named can be asked for. */
async function look({ api }: ApiContext, asked: readonly string[]): Promise<Seen> {
  if (asked.length === 0) return api.workers.stats()
  const queues = await Promise.all(asked.map((queue) => api.queues.get(queue)))
  try {
    return { queues, workers: await api.workers.list(), knowsWorkers: true }
  } catch (error) {
    if ((error as { code?: string }).code !== 'FW_DRIVER_TRAIT') throw error
    return { queues, workers: [], knowsWorkers: false }
  }
}

function textOf({ url, queues, workers, knowsWorkers }: Seen): string {
  const first = queues.length > 0 ? table(queues, queueColumns) : `No queues yet at ${url}.`
  const none = knowsWorkers ? 'No worker is running.' : 'This store does not know its workers.'
  return `${first}\n\n${workers.length > 0 ? table(workers, workerColumns) : paint('dim', none)}`
}

/** On a terminal each look takes the place of the one before. */
async function watch(context: ApiContext, queues: readonly string[], everyMs: number): Promise<void> {
  const { output } = context
  const clear = process.stdout.isTTY ? '\x1b[H\x1b[2J' : ''
  for (;;) {
    const seen = await look(context, queues)
    const text = output.json ? JSON.stringify(seen) : `${clear}${textOf(seen)}\n`
    if (!(await output.piece(`${text}\n`))) return
    await sleep(systemEnv, everyMs)
  }
}
