import { on } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { formatDuration } from '../base/duration.ts'
import type { VerdictKind } from '../contract/verdict.ts'
import type { Summary } from '../supervisor/messages.ts'
import { showCount } from './time.ts'

const counted: Record<VerdictKind, keyof Summary | undefined> = {
  done: 'done',
  retry: 'retried',
  dead: 'dead',
  cancelled: 'cancelled',
  quarantined: 'quarantined',
  release: undefined,
}

/** Counts what becomes of the jobs of this process. */
export function startTally(env: Env): () => Summary {
  const sinceMonoMs = env.monoMs()
  const summary: Summary = { done: 0, retried: 0, dead: 0, cancelled: 0, quarantined: 0, released: 0, wallMs: 0 }
  on('job.ended', ({ verdict }) => {
    const name = counted[verdict]
    if (name !== undefined) summary[name] += 1
  })
  on('worker.stopped', ({ released }) => (summary.released = released))
  return () => ({ ...summary, wallMs: Math.round(env.monoMs() - sinceMonoMs) })
}

/** `12,345 done, 3 retried, 7 given back in 12.3 s` */
export function summaryText({ wallMs, ...summary }: Summary): string {
  const words: Record<string, string> = { released: 'given back' }
  const parts = Object.entries(summary).filter(([name, count]) => name === 'done' || count > 0)
  return `${parts.map(([name, count]) => `${showCount(count)} ${words[name] ?? name}`).join(', ')} in ${formatDuration(wallMs)}`
}

export function sumOf(summaries: readonly Summary[], wallMs: number): Summary {
  const sum: Summary = { done: 0, retried: 0, dead: 0, cancelled: 0, quarantined: 0, released: 0, wallMs }
  for (const summary of summaries) {
    for (const name of Object.keys(sum) as (keyof Summary)[]) if (name !== 'wallMs') sum[name] += summary[name]
  }
  return sum
}
