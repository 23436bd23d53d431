import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'
import { RabbitmqStore } from '../../stores/rabbitmq.ts'
import { judgeByHistory, judgeLosses } from './judge.ts'

/** Jobs that take a moment, and something that is done to all connections in the middle of them. */
const broken = (name: string, about: string, hurt: (store: RabbitmqStore) => Promise<unknown>): Cell => ({
  name,
  about,
  async run({ jobs }) {
    await using store = await RabbitmqStore.start({ proxied: true })
    await using arena = await Arena.open(store, 30_000)
    await arena.enqueue(times(jobs, () => ({ ms: 300 })))
    const workers = [1, 2].map(() => arena.work(Math.ceil(jobs / 20)))
    await arena.untilBegun(jobs * 0.3)
    await hurt(store)
    const problems = await endedWell(...workers)
    const judgement = judgeLosses(arena)
    return { judgement, proof: { 'sessions revoked': arena.count('revoked') }, problems }
  },
})

export const cut = broken(
  'cut',
  'every connection of the workers is reset in the middle: nothing lost',
  async ({ proxy }) => proxy.cut(),
)

export const restart = broken(
  'restart',
  'the broker is killed in the middle, and started again: nothing lost',
  ({ server }) => server.restart('SIGKILL'),
)

/** A network that is slow for a while: every way takes a quarter of a second. */
export const slow: Cell = {
  name: 'slow',
  about: '250 ms each way for four seconds in the middle: jobs go on, nobody is given up, each runs once',
  async run({ jobs }) {
    await using store = await RabbitmqStore.start({ proxied: true })
    await using arena = await Arena.open(store, 30_000)
    await arena.enqueue(times(jobs, () => ({ ms: 300 })))
    const workers = [1, 2].map(() => arena.work(Math.ceil(jobs / 40)))
    await arena.untilBegun(jobs * 0.2)
    store.proxy.delay(250)
    const before = arena.count('end')
    await sleep(4_000)
    const ended = arena.count('end') - before
    await store.proxy.heal()
    const problems = [
      ...(await endedWell(...workers)),
      ...expectThat(arena.count('revoked') === 0, 'a session was given up though its broker answered'),
    ]
    return { judgement: judgeByHistory(arena), proof: { 'ended while it was slow': ended }, problems }
  },
}
