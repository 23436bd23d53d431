import { mysqlProtocol } from '../../proxy/mysql.ts'
import { FaultProxy } from '../../proxy/proxy.ts'
import { MariadbServer } from '../../servers/mariadb.ts'
import type { OpenOptions } from '../store.ts'
import { ServedStore } from './served.ts'
import type { ServerStore } from './server-store.ts'
import { asked, rowsByTable } from './sql.ts'

const schema = 'test'

/** A MariaDB that syncs each commit. */
export class MysqlStore extends ServedStore<MariadbServer> implements ServerStore {
  readonly backMsMax = 15_000

  static async start(options: OpenOptions = {}): Promise<MysqlStore> {
    const server = await MariadbServer.start({
      config: { 'innodb-flush-log-at-trx-commit': 1, 'max-connections': 200 },
    })
    const proxy = await FaultProxy.start({ port: server.port }, { protocol: mysqlProtocol })
    return new MysqlStore(server, proxy, options)
  }

  crash(): Promise<void> {
    return this.server.kill()
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
      const others = await db.query<{ id: number }>(
        "select id from information_schema.processlist where id <> connection_id() and user <> 'system user'",
      )
      // Some have ended meanwhile by themselves.
      const ends = others.map(({ id }) => db.run(`kill ${id}`, [], { prepare: false }).catch(() => undefined))
      return (await Promise.all(ends)).filter((end) => end !== undefined).length
    })
  }

  async writeLaterFormat(): Promise<void> {
    await asked(this.url, (db) => db.run("update fiber_work_meta set value = 1000 where name = 'format'"))
  }
  census(): Promise<string> {
    return asked(this.url, (db) => rowsByTable(db, schema))
  }

  /** A call is several trips, and its last one commits: what comes before that has not happened when its reply is lost. */
  isCall(request: Buffer): boolean {
    return request.subarray(-'commit'.length).equals(Buffer.from('commit'))
  }
  /** A settle remembers its answer with the commit, a letter each: `-` was stale. An error commits nothing. */
  refusedBy(request: Buffer, reply: Buffer): number {
    if (!this.isCall(request) || isError(reply)) return 0
    const letters = /,'settle',\d+,'([s-]+)/.exec(request.toString('latin1'))?.[1] ?? ''
    return letters.replaceAll('s', '').length
  }
}

/** Its last packet says so. */
function isError(reply: Buffer): boolean {
  let last = 0
  for (let at = 0; at < reply.length; at += 4 + reply.readUIntLE(at, 3)) last = at
  return reply[last + 4] === 0xff
}
