// One worker process of a crash trial, started by trial.ts with its settings as JSON. It works until it has killed itself at its
// point, or until nothing is left to do.
import { flushCompileCache } from 'node:module'
import { connect, createDb } from '../../src/index.ts'
import { handlers, type TrialNames } from './jobs.ts'
import { killNow, KillerThread } from './killer.ts'
import type { Point, Way } from './points.ts'

export interface ChildSettings extends TrialNames {
  url: string
  /** The database that the jobs live in, for `Db`. */
  db: string
  leaseMs: number
  way: Way
  /** None: it works to the end. */
  killAt: Point | undefined
}

const concurrency = 2

async function run({ url, db: dbUrl, leaseMs, way, killAt, queue, table }: ChildSettings): Promise<void> {
  // At its end nobody asks it any more.
  flushCompileCache()
  const db = createDb(dbUrl)
  const thread = killAt === 'during commit' ? await KillerThread.start(Math.random) : undefined
  const reach = (point: Point) => {
    if (point !== killAt) return undefined
    if (thread === undefined) return killNow()
    return thread.tell()
  }
  const client = await connect(url, { leaseMs })
  const worker = await client.work(handlers({ db, way, reach, queue, table }), { concurrency, guardian: false })
  // What a killed process has left comes back when its lease ends.
  await worker.idle({ delayed: true })
  await client.close()
  await db.close()
}

await run(JSON.parse(process.argv[2] ?? '{}') as ChildSettings)
