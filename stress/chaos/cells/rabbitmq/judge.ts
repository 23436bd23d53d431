import { check, type Judgement } from '../../../history/check.ts'
import { recalled } from '../../../history/recall.ts'
import type { Arena } from '../../arena.ts'

/** A broker keeps no history: ours is believed. A lost connection needs no lease to end before its jobs are handed out again. */
export function judgeByHistory(arena: Arena): Judgement {
  const { enqueued } = arena
  const events = arena.events()
  return check({ events, enqueued, found: recalled(events, enqueued.keys()), leaseMs: 0 })
}

/**
 * Where the way is cut and nobody dies, a job may run twice and no event of a process explains it: the cut does, if it was running then.
 * What is left to judge is that nothing is lost.
 */
export function judgeLosses(arena: Arena): Judgement {
  const judgement = judgeByHistory(arena)
  const problems = judgement.problems.filter((text) => !text.includes('began without a cause'))
  return { ...judgement, problems, wrong: { ...judgement.wrong, unexplained: 0 } }
}
