import { advance, type History } from '../../dashboard/model/history.ts'
import { unicodeGlyphs } from '../../dashboard/terminal/glyphs.ts'
import { looks, noData, type Data, type LookName } from '../../dashboard/terminal/looks.ts'
import { firstView } from '../../dashboard/terminal/view.ts'
import type { World } from '../../dashboard/terminal/world.ts'
import { eventLine } from '../../dashboard/model/event-line.ts'
import { SampleWorker } from './dashboard-source.ts'

/** What one frame is drawn from, after a minute of a made-up worker, with an answer to everything that can be asked. */
export async function sampleWorld(options: { hostile?: boolean; fibers?: number } = {}): Promise<World> {
  let nowMs = Date.UTC(2026, 4, 4)
  const worker = new SampleWorker({ ...options, nowMs: () => nowMs })
  let snapshot = await worker.snapshot()
  let history: History = advance(undefined, snapshot)
  for (let second = 0; second < 60; second += 1) {
    nowMs += 1_000
    snapshot = await worker.snapshot()
    history = advance(history, snapshot)
  }
  const { queues } = snapshot
  const abouts: Partial<Record<LookName, string>> = { groups: queues[0]!.queue, job: 'dead-0', task: 'task-1' }
  const data: Record<string, unknown> = { ...noData() }
  for (const name of Object.keys(looks) as LookName[]) {
    const about = abouts[name] ?? ''
    data[name] = {
      about,
      value: await looks[name].ask(worker.api, about, {
        view: firstView,
        hasWorker: true,
        queues,
        deadQueues: ['tenants'],
      }),
    }
  }
  const events = worker.api.events()[Symbol.asyncIterator]()
  const heard = eventLine((await events.next()).value as Parameters<typeof eventLine>[0])
  return {
    snapshot,
    processes: [{ process: 0, pid: 48_213, snapshot }],
    missing: [],
    history,
    data: data as Data,
    log: { lines: heard === undefined ? [] : [heard], dropped: 0, error: undefined },
    view: firstView,
    note: undefined,
    silentMs: 0,
    lost: undefined,
    owns: true,
    captured: 0,
    glyphs: unicodeGlyphs,
    columns: 80,
    rows: 24,
  }
}
