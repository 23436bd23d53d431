import { connect } from 'node:net'
import { join } from 'node:path'
import { exported } from './needs.ts'

/** Where the facades keep what they keep, in a run. */
export interface Backing {
  /** A Postgres where one is, else a file. */
  dbUrl: string
  /** A Redis where one is, else the memory of each process. */
  redisUrl?: string
  /** For keys and tables that belong to this run alone. */
  mark: string
}

/** What can be configured, where the build has it. */
interface Configured {
  configure(options: object): void
}

const keptMs = 120_000
let runs = 0

export async function findBacking(folder: string): Promise<Backing> {
  const { POSTGRES_URL, REDIS_URL } = process.env
  const dbUrl = POSTGRES_URL ?? ((await listens(5432)) ? 'postgres://postgres@127.0.0.1:5432/test' : undefined)
  const redisUrl = REDIS_URL ?? ((await listens(6379)) ? 'redis://127.0.0.1:6379' : undefined)
  return {
    dbUrl: dbUrl ?? `sqlite:${join(folder, 'app.db')}`,
    ...(redisUrl !== undefined && { redisUrl }),
    mark: `fw_isolation_${process.pid}_${++runs}`,
  }
}

/** Tell the facades of this process; before the first job. */
export function configure({ dbUrl, redisUrl, mark }: Backing): void {
  const redis = redisUrl === undefined ? {} : { redis: redisUrl, prefix: `${mark}:` }
  exported<Configured>('Db')?.configure({ connections: { default: { url: dbUrl, poolMax: 10 } } })
  exported<Configured>('Cache')?.configure(redis)
  exported<Configured>('Session')?.configure({ ...redis, ttlMs: keptMs })
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
