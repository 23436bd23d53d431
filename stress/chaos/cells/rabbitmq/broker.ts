import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'
import type { RabbitmqStore } from '../../stores/rabbitmq.ts'
import { judgeByHistory, judgeLosses } from './judge.ts'

interface Break {
  name: string
  about: string
  /** Seconds; the default outlasts every fault of ours. */
  heartbeat?: number
  strike(store: RabbitmqStore): Promise<unknown>
}

/** Jobs that take a moment, and something that is done to all connections in the middle of them. */
const broken = ({ name, about, heartbeat, strike }: Break): Cell<RabbitmqStore> => ({
  name,
  about: `${about} in the middle: nothing lost`,
  async run({ jobs, open }) {
    await using store = await open({ proxied: true })
    await using arena = await Arena.open(store, 30_000)
    await arena.enqueue(times(jobs, () => ({ ms: 300 })))
    const url = heartbeat === undefined ? store.workerUrl : `${store.workerUrl}?heartbeat=${heartbeat}`
    const workers = [1, 2].map(() => arena.work(Math.ceil(jobs / 20), { url }))
    await arena.untilBegun(jobs * 0.3)
    await strike(store)
    const backMs = [await arena.untilAnotherBegins()]
    const problems = await endedWell(...workers)
    const judgement = judgeLosses(arena)
    return { judgement, proof: { 'sessions revoked': arena.count('revoked') }, problems, recovery: { ms: backMs } }
  },
})

export const cut = broken({
  name: 'cut',
  about: 'every connection of the workers is reset',
  strike: async ({ proxy }) => proxy.cut(),
})

export const restart = broken({
  name: 'restart',
  about: 'the broker is killed, and started again',
  strike: ({ server }) => server.restart('SIGKILL'),
})

export const forget = broken({
  name: 'forget',
  about: 'every connection of the workers falls into a black hole (no RST; heartbeats of 3 s)',
  heartbeat: 3,
  strike: async ({ proxy }) => proxy.blackhole('open'),
})

export const outage = broken({
  name: 'outage',
  about: 'the whole network is a black hole for 3 s, new connections too (heartbeats of 3 s)',
  heartbeat: 3,
  async strike({ proxy }) {
    proxy.blackhole()
    await sleep(3_000)
    await proxy.heal()
  },
})

export const refuse = broken({
  name: 'refuse',
  about: 'nobody listens for 2 s',
  async strike({ proxy }) {
    await proxy.refuse()
    proxy.cut()
    await sleep(2_000)
    await proxy.heal()
  },
})

/** A network that is slow for a while: every way takes a quarter of a second. */
export const slow: Cell<RabbitmqStore> = {
  name: 'slow',
  about: '250 ms each way for four seconds in the middle: jobs go on, nobody is given up, each runs once',
  async run({ jobs, open }) {
    await using store = await open({ proxied: true })
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
