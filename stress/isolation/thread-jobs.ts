import { defineJob } from '../../src/index.ts'
import { hostileName, hostileOptions } from './jobs.ts'
import { kindNamed } from './kinds/index.ts'
import { LinePool } from './line-pool.ts'
import { Trace } from './trace.ts'

/** The hostile job of a cell in a thread, which imports this file again: what it does there is written down from there. */
export const hostileInThread = defineJob(
  hostileName,
  { ...hostileOptions, ...({ lane: 'thread' } as object), timeoutMs: 20_000 },
  async ({ n, kind, trace: path, httpPort, linePort, dbUrl, mark }, job) => {
    using trace = new Trace(path, 1)
    using pool = new LinePool(linePort)
    const { id } = job
    await kindNamed(kind)!.act({
      n,
      job,
      pool,
      linePort,
      dbUrl,
      table: mark,
      service: `http://127.0.0.1:${httpPort}`,
      did: (proof) => trace.write({ kind: 'act', id, proof, beside: 0 }),
      afterwards: () => {},
    })
  },
)
