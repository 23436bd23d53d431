import { expect, test, type TestContext } from 'vitest'
import { installation as onMysql } from '../../../test/support/mysql-harness.ts'
import { world as onPostgres } from '../../../test/support/postgres-world.ts'
import { installation as onRedis } from '../../../test/support/redis-harness.ts'
import { folder, open } from '../../../test/support/sqlite.ts'
import { until } from '../../../test/support/work.ts'
import { type Env, systemEnv } from '../../base/env.ts'
import type { Ledger } from '../../contract/ledger.ts'
import { countEnd } from './cell.ts'
import { HistoryKeeper } from './keeper.ts'
import { hourMs, minuteMs, minutePrefix, partKey, partPrefix } from './keys.ts'
import { readHistory } from './read.ts'
import { writeSpan } from './record.ts'
import { cellOf, lineOf, type Span } from './span.ts'

/** Rounds come at once. */
const hurried: Env = {
  ...systemEnv,
  setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, kind === 'idle' && delayMs >= 700 ? 5 : delayMs, kind),
}

const stores: Record<string, (context: TestContext) => Promise<Ledger>> = {
  sqlite: async () => (await open(`${folder()}/jobs.db`)).driver.ledger!,
  redis: async (context) => (await (await onRedis(context)).open()).driver.ledger!,
  postgres: async (context) => (await (await onPostgres(context)).open()).driver.ledger!,
  mysql: async (context) => (await (await onMysql(context)).open()).driver.ledger!,
}

function part(): string {
  const span: Span = new Map()
  for (const name of ['send', 'Send', 'größe']) countEnd(cellOf(lineOf(span, 'mail'), name), 2, 10)
  return writeSpan(span)
}

test.for(Object.keys(stores))(
  'two keepers on %s add up what three processes wrote, and lose and double nothing',
  async (name, context) => {
    const ledger = await stores[name]!(context)
    const hourAtMs = Math.floor(Date.now() / hourMs) * hourMs
    const minutes = (fromMs: number, count: number) => Array.from({ length: count }, (_, i) => fromMs + i * minuteMs)
    const times = [...minutes(hourAtMs - 2 * hourMs, 60), ...minutes(hourAtMs - 30 * hourMs + 50 * minuteMs, 20)]
    for (const atMs of times) {
      const parts = ['a', 'b', 'c'].map((writer) => ({
        key: partKey(atMs, `${writer}.0`),
        value: part(),
        forMs: hourMs,
      }))
      await ledger.write(parts)
    }
    const recently = { fromMs: hourAtMs - 2 * hourMs, toMs: hourAtMs - hourMs }
    const before = await readHistory(ledger, recently)
    expect(before.points.map(({ done }) => done)).toEqual(minutes(0, 60).map(() => 9))
    const keepers = [new HistoryKeeper(hurried, ledger), new HistoryKeeper(hurried, ledger)]
    for (const keeper of keepers) keeper.start()
    await until(async () => {
      const [parts, all] = [await ledger.list(partPrefix, 1), await ledger.list(minutePrefix, 1_000)]
      return parts.length === 0 && all.length === 60
    })
    for (const keeper of keepers) await keeper.stop()
    expect(await readHistory(ledger, recently)).toEqual(before)
    const all = await readHistory(ledger, { fromMs: hourAtMs - 31 * hourMs, toMs: hourAtMs })
    expect(all).toMatchObject({ stepMs: hourMs, whole: true, names: ['Send', 'größe', 'send'] })
    expect(all.points.map(({ done }) => done).filter((done) => done > 0)).toEqual([90, 90, 540])
  },
)
