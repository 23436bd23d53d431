import { on } from '../../../../src/base/emit.ts'
import { systemEnv, within } from '../../../../src/base/env.ts'
import { connect } from '../../../../src/connect/connect.ts'
import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import type { ServerStore } from '../../stores/server-store.ts'

const verbs = ['enqueue', 'reserve', 'settle'] as const

/** Replies that are lost after the server has done what they tell of. */
export const reply: Cell<ServerStore> = {
  name: 'reply',
  about:
    'replies are lost after what they tell of was done for good, 100 times: nothing enqueued, reserved or settled twice',
  async run({ jobs, quick, open }) {
    const cuts = quick ? 60 : 100
    await using store = await open({ proxied: true })
    await using arena = await Arena.open(store, 15_000)
    await using producer = await connect(store.proxyUrl)
    const repeated: string[] = []
    const deafen = on('store.recovered', ({ verb }) => void repeated.push(verb))
    const input = () => ({ ms: 30 })
    await arena.enqueue(times(jobs / 2 / cuts, input))
    const workers = await arena.workTwo(50)
    let cut = 0
    const settled = () => arena.events().some((event) => event.kind === 'recovered' && event.verb === 'settle')
    // A few more where chance has spared the rarest of them.
    for (let n = 0; cut < cuts || (cut < 2 * cuts && !settled()); n++) {
      // The first, the second or the third call from now on loses its answer.
      const lost = store.proxy.dropReply(1 + (n % 3), (request) => store.isCall(request))
      await arena.enqueue(times(jobs / 2 / cuts, input), { client: producer })
      // A request that came over a connection that was just being reset has no answer to lose.
      if (await within(systemEnv, 1_000, lost)) cut++
    }
    deafen()
    const problems = await arena.finish(...workers)
    const judgement = await arena.judge()
    let undelivered = 0
    for (const event of arena.events()) {
      if (event.kind === 'recovered') repeated.push(event.verb)
      if (event.kind === 'reconciled') undelivered += event.released
    }
    const { done, ready, delayed, running, dead } = await arena.depth()
    const inStore = done + ready + delayed + running + dead
    return {
      judgement,
      proof: {
        'replies cut': { count: cut, least: cuts },
        ...Object.fromEntries(
          verbs.map((verb) => [`${verb} asked again`, repeated.filter((each) => each === verb).length]),
        ),
      },
      problems: [
        ...expectThat(
          inStore === arena.enqueued.size,
          `${inStore} jobs are there, ${arena.enqueued.size} were enqueued`,
        ),
        ...expectThat(judgement.seen.again === 0, `${judgement.seen.again} jobs were reserved twice`),
        ...expectThat(undelivered === 0, `${undelivered} jobs were reserved and never delivered`),
        ...expectThat(judgement.seen.staleSettles === 0, `${judgement.seen.staleSettles} verdicts were called stale`),
        ...problems,
      ],
    }
  },
}
