import { postgresProtocol } from '../../proxy/postgres.ts'
import { FaultProxy } from '../../proxy/proxy.ts'
import { PostgresServer } from '../../servers/postgres.ts'
import type { OpenOptions } from '../store.ts'
import { ServedStore } from './served.ts'
import type { ServerStore } from './server-store.ts'
import { asked, rowsByTable } from './sql.ts'

const schema = 'fiber_work'

/** A PostgreSQL that has each commit on its disk before it answers. */
export class PostgresStore extends ServedStore<PostgresServer> implements ServerStore {
  readonly backMsMax = 15_000

  static async start(options: OpenOptions = {}): Promise<PostgresStore> {
    const server = await PostgresServer.start({ config: { fsync: 'on', synchronous_commit: 'on' } })
    const proxy = await FaultProxy.start({ port: server.port }, { protocol: postgresProtocol })
    return new PostgresStore(server, proxy, options)
  }

  crash(): Promise<void> {
    return this.server.kill('SIGQUIT')
  }
  revive(): Promise<void> {
    return this.server.start()
  }
  pause(): void {
    this.server.pause()
  }
  resume(): void {
    this.server.resume()
  }
  endConnections(): Promise<number> {
    return asked(this.url, async (db) => {
      const [row] = await db.query<{ n: number }>(
        `select count(pg_terminate_backend(pid)) as n from pg_stat_activity
         where pid <> pg_backend_pid() and backend_type = 'client backend'`,
      )
      return Number(row!.n)
    })
  }

  async writeLaterFormat(): Promise<void> {
    await asked(this.url, (db) => db.run(`update ${schema}.meta set value = '1000' where key = 'format'`))
  }
  census(): Promise<string> {
    return asked(this.url, (db) => rowsByTable(db, schema))
  }

  /** Every call of ours is a function, and a transaction by itself. */
  isCall(request: Buffer): boolean {
    return request.includes(`select "${schema}".`)
  }
  /** A settle answers JSON: which of its items were stale. */
  refusedBy(request: Buffer, reply: Buffer): number {
    if (!/"settle_[0-9a-f]{8}"/.test(request.toString('latin1', 0, 200))) return 0
    const stale = /\{"stale":(\[[\d,]*\])/.exec(reply.toString('latin1'))?.[1]
    return stale === undefined ? 0 : (JSON.parse(stale) as number[]).length
  }
}
