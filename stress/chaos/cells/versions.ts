import { Arena, times } from '../arena.ts'
import { type Cell, expectThat } from '../cell.ts'
import { endedWell } from '../process.ts'

/** A rolling deploy: workers of two builds on one store, of which the older one does not know a job. */
export const versions: Cell = {
  name: 'versions',
  about:
    'a rolling deploy: two builds work on one store under load, and the older one gives back what it does not know',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 10_000)
    const [quarter, half] = [Math.floor(jobs / 4), Math.floor(jobs / 2)]
    await arena.enqueue(times(quarter, () => ({ ms: 200 })))
    const concurrency = Math.ceil(jobs / 20)
    const old = [arena.work(concurrency, { graceMs: 5_000 }), arena.work(concurrency, { graceMs: 5_000 })]
    await arena.untilDone(1)
    // The web application comes first, one worker after the other follows.
    await arena.enqueue(
      times(half, () => ({ ms: 50 })),
      { name: 'added' },
    )
    await arena.enqueue(times(quarter, () => ({ ms: 200 })))
    await arena.until('the older build meets what it does not know', async () => arena.count('unknown') > 0)
    const fresh = [arena.work(concurrency, { knows: ['chaos', 'added'] })]
    await arena.untilDone(quarter)
    old[0]!.hurt('term')
    await old[0]!.ended
    fresh.push(arena.work(concurrency, { knows: ['chaos', 'added'] }))
    old[1]!.hurt('term')
    const problems = await endedWell(...old, ...fresh)
    const judgement = await arena.judge()
    return {
      judgement,
      proof: {
        'unknown to the older build': arena.count('unknown'),
        'by the older build': arena.count('start', old[0]!) + arena.count('start', old[1]!),
        'by the newer build': arena.count('start', fresh[0]!) + arena.count('start', fresh[1]!),
      },
      problems: [
        ...expectThat(judgement.seen.crashesMax === 0, 'a crash was counted, and nobody crashed'),
        ...expectThat(judgement.seen.again === judgement.seen.stopped, 'a job ran twice'),
        ...problems,
      ],
    }
  },
}
