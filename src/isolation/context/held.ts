import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemEnv, within } from '../../base/env.ts'
import { inside, outside } from '../../sandbox/storage.ts'
import { standInJob } from './cast.ts'
import type { Probe } from './clients/client.ts'

/** Of so many jobs, each of which opened a client of its own and has ended, so many cannot be collected. */
export interface Held {
  held: number
  of: number
}

const opened = 4
const roundsMax = 4

/**
 * Does a connection keep the job alive in which it was opened? `by` is how it is opened and called: as a handler would, or through
 * `outside`. Rejects where it cannot be opened, or not in time.
 */
export async function heldBy<Client>(
  { open, close, ways }: Probe<Client>,
  by: 'direct' | 'outside',
  deadlineMs: number,
): Promise<Held> {
  const way = ways[0]!
  const run = by === 'direct' ? <T>(use: () => T): T => use() : outside
  const clients: Client[] = []
  const jobs: WeakRef<object>[] = []
  try {
    for (let index = 0; index < opened; index++) {
      const job = openIn(async () => {
        const client = await run(open)
        clients.push(client)
        await run(() => way.run(client, () => {}))
      })
      jobs.push(job.ref)
      if (!(await within(systemEnv, deadlineMs, job.done))) throw new Error(`not open within ${deadlineMs} ms`)
    }
    return { held: await alive(jobs), of: opened }
  } finally {
    await outside(() => within(systemEnv, deadlineMs, Promise.all(clients.map(async (client) => close(client)))))
  }
}

/** A job that opens something and ends; nothing here knows it any more then. */
function openIn(open: () => Promise<void>): { ref: WeakRef<object>; done: Promise<void> } {
  const fiber = standInJob('opener')
  const ref = new WeakRef<object>(fiber.handle)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const end = (settle: () => void) => outside(() => (fiber.settle(), systemEnv.immediate(settle)))
  inside(fiber.handle, () => {
    open().then(
      () => end(resolve),
      (error: Error) => end(() => reject(error)),
    )
  })
  return { ref, done: promise }
}

async function alive(jobs: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  let count = jobs.length
  for (let round = 0; round < roundsMax && count > 0; round++) {
    await new Promise<void>((resolve) => systemEnv.setTimer(resolve, 5))
    gc()
    count = jobs.filter((job) => job.deref() !== undefined).length
  }
  return count
}
