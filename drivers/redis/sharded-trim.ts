import type { Keep, TerminalState } from '../../src/contract/index.ts'
import { wire } from './codec.ts'
import { loadScript } from './script.ts'
import type { Shard } from './sharded.ts'
import { together } from './sharded-together.ts'

const script = loadScript('ended')
const unlimited = Number.MAX_SAFE_INTEGER

interface Trimmed {
  removed: number
  more: boolean
}

/**
 * What is beyond the count, over all shards together: each is told how many of its own are among the oldest. What is too old each knows
 * by itself.
 */
export async function trimShards(
  shards: readonly Shard[],
  queue: string,
  states: readonly TerminalState[],
  keep: Keep,
  limit: number,
): Promise<Trimmed> {
  const all: Trimmed = { removed: 0, more: false }
  const add = ({ removed, more }: Trimmed) => {
    all.removed += removed
    all.more ||= more
  }
  for (const state of new Set(states)) {
    add(await trimBeyond(shards, queue, state, keep.count, limit - all.removed))
    for (const { driver } of shards) {
      add(await driver.inspector.trim(queue, [state], { count: unlimited, ageMs: keep.ageMs }, limit - all.removed))
    }
  }
  return all
}

async function trimBeyond(
  shards: readonly Shard[],
  queue: string,
  state: TerminalState,
  count: number,
  limit: number,
): Promise<Trimmed> {
  const ended = await together(
    shards.map(async ({ link }, shard) => {
      const [kept, ...times] = (await link.run(script, [wire(queue), state, limit])) as [number, ...string[]]
      return { kept, times: times.map((time) => ({ shard, endedAtMs: Number(time) })) }
    }),
  )
  const beyond = ended.reduce((sum, { kept }) => sum + kept, -count)
  const oldest = ended.flatMap(({ times }) => times).sort((a, b) => a.endedAtMs - b.endedAtMs)
  const going = oldest.slice(0, Math.max(0, Math.min(beyond, limit)))
  const trimmed = await together(
    shards.map(async ({ driver }, i) => {
      const most = going.filter(({ shard }) => shard === i).length
      if (most === 0) return 0
      // So many stay in any case, should somebody else trim as well.
      const rest = { count: ended[i]!.kept - most, ageMs: unlimited }
      return (await driver.inspector.trim(queue, [state], rest, most)).removed
    }),
  )
  return { removed: trimmed.reduce((sum, one) => sum + one, 0), more: beyond > going.length }
}
