import { setTimeout as sleep } from 'node:timers/promises'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'
import type { ServerStore } from '../../stores/server-store.ts'

/**
 * Verdicts that reach the store when the loan is somebody else's: the network holds them back, their process is stopped so that
 * it cannot learn of its loss, and they arrive three leases later.
 */
export const late: Cell<ServerStore> = {
  name: 'late',
  about: 'workers are stopped for three leases with verdicts on their way: each one that arrives late is refused',
  async run({ jobs, quick, open }) {
    const leaseMs = 2_000
    const sleepers = quick ? 1 : 2
    await using store = await open()
    await using arena = await Arena.open(store, leaseMs)
    const concurrency = Math.ceil(jobs / 3)
    await arena.enqueue(times(jobs, () => ({ ms: 2_500, deaf: true, againMs: 20 })))
    const stopped = times(sleepers, () => arena.work(concurrency, { url: store.proxyUrl }))
    await arena.untilBegun(concurrency * sleepers)
    // Their timers are all due when they go on: the verdicts leave in one moment.
    for (const worker of stopped) worker.hurt('pause')
    await sleep(2_600)
    // By request: what is asked again under the same call id is one refusal.
    const refused = new Map<string, number>()
    store.proxy.onReply = (request, reply) => refused.set(request.toString('latin1'), store.refusedBy(request, reply))
    store.proxy.hold()
    for (const worker of stopped) worker.hurt('resume')
    await arena.until('the handlers have returned', async () => arena.count('end') >= concurrency * sleepers)
    await sleep(200)
    for (const worker of stopped) worker.hurt('pause')
    const other = arena.work(concurrency)
    await sleep(3 * leaseMs)
    await arena.until('another one has run them', async () => (await arena.depth()).done === jobs)
    await store.proxy.heal()
    await sleep(500)
    for (const worker of stopped) worker.hurt('resume')
    const problems = await endedWell(...stopped, other)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: {
        'late verdicts refused': { count: sum(refused.values()), least: quick ? 1 : 1_000 },
        'told of it': { count: toldOf(arena), least: sleepers },
      },
      problems: [...expectThat(judgement.seen.again >= concurrency * sleepers, 'some came in time'), ...problems],
    }
  },
}

/** Late workers learn it in one of three ways, whichever comes first: from the answer, from their next beat, or as they give up waiting. */
function toldOf(arena: Arena): number {
  const givenUp = arena.events().filter((event) => event.kind === 'failed' && event.verb === 'settle' && event.givenUp)
  return arena.count('stale') + arena.count('revoked') + givenUp.length
}

const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0)
