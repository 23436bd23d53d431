import { setTimeout as sleep } from 'node:timers/promises'
import { machineMs } from '../../../history/events.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { MysqlStore } from '../../stores/mysql.ts'
import { backAfter, produce } from '../redis/load.ts'

interface Fault {
  name: string
  about: string
  /** The workers go through the proxy. */
  proxied: boolean
  strike(store: MysqlStore): Promise<void>
}

/** A fault of the server, or of the way to it, again and again, while producers and workers are at it. */
function faultCell({ name, about, proxied, strike }: Fault): Cell {
  return {
    name,
    about: `${about} under load, again and again: nothing lost, nothing run twice`,
    async run({ jobs, quick }) {
      await using store = await MysqlStore.start({ proxied })
      await using arena = await Arena.open(store, 15_000)
      const input = () => ({ ms: 200 })
      await arena.enqueue(times(jobs / 2, input))
      const workers = await arena.workTwo(Math.ceil(jobs / 20))
      await arena.untilDone(1)
      const producing = produce(arena, jobs / 2, input)
      const backMs: number[] = []
      const strikes = quick ? 2 : 5
      for (let n = 0; n < strikes; n++) {
        await arena.enqueue(times(jobs / 10, input))
        await sleep(300)
        await strike(store)
        backMs.push(await backAfter(arena, machineMs()))
      }
      await producing
      const problems = await arena.finish(...workers)
      const judgement = await arena.judge()
      return {
        judgement,
        proof: { strikes: { count: backMs.length, least: strikes }, 'calls broken off': arena.count('failed') },
        recovery: { ms: backMs, ...(!quick && { mostMs: 15_000 }) },
        problems: [
          ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} executions too many`),
          ...problems,
        ],
      }
    },
  }
}

/** What is done to a MariaDB server, and to the way to it. */
export const mysqlCells: readonly Cell[] = [
  faultCell({
    name: 'restart',
    about: 'MariaDB is killed and started again',
    proxied: false,
    async strike({ server }) {
      await server.kill()
      await sleep(300)
      await server.start()
    },
  }),
  faultCell({
    name: 'cut',
    about: 'all connections are reset',
    proxied: true,
    strike: async ({ proxy }) => proxy.cut('reset'),
  }),
]
