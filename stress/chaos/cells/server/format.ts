import { Arena, times } from '../../arena.ts'
import { type Cell, expectThat } from '../../cell.ts'
import { endedWell } from '../../process.ts'
import type { ServerStore } from '../../stores/server-store.ts'

/** A worker of this release on what a later one has written: it ends with a code, and has changed nothing. */
export const format: Cell<ServerStore> = {
  name: 'format',
  about: 'a later release has written the store: a worker of this one refuses to read it, and changes nothing',
  async run({ jobs, open }) {
    await using store = await open()
    await using arena = await Arena.open(store, 10_000)
    await arena.enqueue(times(jobs / 10, () => ({ ms: 10 })))
    const problems = await endedWell(arena.work(Math.ceil(jobs / 50)))
    const judgement = await arena.judge()
    await store.writeLaterFormat()
    const before = await store.census()
    const { code, said } = await arena.work(1).ended
    const after = await store.census()
    return {
      judgement,
      proof: { refusals: said.includes('FW_STORE_NEWER') ? 1 : 0 },
      problems: [
        ...expectThat(code !== null && code !== 0, `the worker of an older release ended with ${code}`),
        ...expectThat(before === after, `it has changed what is there: ${before}; then ${after}`),
        ...problems,
      ],
    }
  },
}
