import { advance, type History } from '../../dashboard/model/history.ts'
import { unicodeGlyphs } from '../../dashboard/terminal/glyphs.ts'
import { firstView, type World } from '../../dashboard/terminal/view.ts'
import { SampleSource } from './dashboard-source.ts'

/** What one frame is drawn from, after a minute of a made-up worker. */
export async function sampleWorld(options: { hostile?: boolean; fibers?: number } = {}): Promise<World> {
  let nowMs = Date.UTC(2026, 4, 4)
  const source = new SampleSource({ ...options, nowMs: () => nowMs })
  let snapshot = await source.snapshot()
  let history: History = advance(undefined, snapshot)
  for (let second = 0; second < 60; second += 1) {
    nowMs += 1_000
    snapshot = await source.snapshot()
    history = advance(history, snapshot)
  }
  const { jobs } = await source.list()
  return {
    snapshot,
    history,
    dead: jobs,
    view: firstView,
    note: undefined,
    silentMs: 0,
    captured: 0,
    glyphs: unicodeGlyphs,
    columns: 80,
    rows: 24,
  }
}
