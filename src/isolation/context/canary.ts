import { EventEmitter } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import type { ContextLoss } from '../../contract/events.ts'
import { outside } from '../../sandbox/storage.ts'
import { standInJobs } from './cast.ts'
import { type Look, observe } from './observe.ts'

/** Jobs at once: enough to tell "another one" from "none". */
const jobs = 3
const deadlineMs = 5_000

interface Way {
  what: string
  run: (look: Look) => unknown
  /** Is it another one than Node's, as far as one can see? */
  replaced?: () => boolean
}

/** What every handler stands on, as this very process has it. */
const ways: readonly Way[] = [
  { what: 'await', run: async (look) => (await resolvedElsewhere(), look()) },
  { what: 'promise.then', run: (look) => resolvedElsewhere().then(look), replaced: promisesAreReplaced },
  {
    what: 'setTimeout',
    run: (look) => new Promise<void>((resolve) => systemEnv.setTimer(() => resolve(look()), 0)),
    replaced: () => isReplaced('setTimeout'),
  },
  {
    what: 'setImmediate',
    run: (look) => new Promise<void>((resolve) => systemEnv.immediate(() => resolve(look()))),
    replaced: () => isReplaced('setImmediate'),
  },
  {
    what: 'process.nextTick',
    run: (look) => new Promise<void>((resolve) => systemEnv.afterReactions(() => resolve(look()))),
  },
  { what: 'queueMicrotask', run: (look) => new Promise<void>((resolve) => queueMicrotask(() => resolve(look()))) },
  { what: 'EventEmitter', run: (look) => new EventEmitter().on('event', look).emit('event') },
  { what: 'a socket', run: echoed },
  // Node's own is made of the above, and takes 20 ms to load: only another one is called, with what needs no network.
  {
    what: 'fetch',
    run: (look) => (fetchIsReplaced() ? fetch('data:,x').then(look) : undefined),
    replaced: fetchIsReplaced,
  },
]

/** Somebody else resolves it: an answer of the network has no job. */
function resolvedElsewhere(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  outside(() => systemEnv.immediate(resolve))
  return promise
}

/** One line there and back over a loopback port; each job has a connection of its own. */
async function echoed(look: Look): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).unref()
  try {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.end('x'))
      socket.once('data', () => resolve(look())).once('error', reject)
    })
    await promise
  } finally {
    server.close()
  }
}

/** What does not keep the job that runs, in this process, with its flags and whatever has been loaded into it. */
export async function contextLosses(): Promise<ContextLoss[]> {
  const found = await Promise.all(ways.map(lossOf))
  return found.filter((loss) => loss !== undefined)
}

async function lossOf({ what, run, replaced }: Way): Promise<ContextLoss | undefined> {
  const fibers = standInJobs(jobs)
  // What fails (no loopback, a mocked `fetch`) tells nothing, and is none of our business.
  const { tally } = await observe(fibers, run, deadlineMs)
  for (const fiber of fibers) fiber.settle()
  return tally.lost + tally.bled === 0 ? undefined : { what, replaced: replaced?.() ?? false, ...tally }
}

/**
 * Tells by `context.lost` what does not keep its job in this process; a worker does so once, when it starts. It takes a few
 * milliseconds, beside everything else, and never rejects.
 */
export async function sendCanary(worker: string): Promise<void> {
  const lost = await outside(contextLosses).catch(() => [])
  if (lost.length > 0) emit('context.lost', () => ({ worker, lost, loaded: loadedBefore() }))
}

function isReplaced(name: 'setTimeout' | 'setImmediate'): boolean {
  return (globalThis as Record<string, unknown>)[name] !== process.getBuiltinModule('node:timers')[name]
}

function promisesAreReplaced(): boolean {
  return [Promise, Promise.prototype.then].some(
    (each) => !Function.prototype.toString.call(each).includes('[native code]'),
  )
}

function fetchIsReplaced(): boolean {
  return !/\bundici\b/i.test(Function.prototype.toString.call(fetch))
}

/** What stands before the program on Node's command line, and may have changed what it runs on. */
function loadedBefore(): string[] {
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
  const telling =
    /^(?:-r|--require|--import|--loader|--experimental-loader|--(?:no-)?(?:experimental-)?async-context-frame)\b/
  return flags.flatMap((flag, index) => {
    if (!telling.test(flag)) return []
    const next = flags[index + 1]
    return [flag.includes('=') || flag.includes('async-context-frame') || next === undefined ? flag : `${flag} ${next}`]
  })
}
