import type { Env } from '../base/env.ts'
import type { Fleet, Question, Questions, Reloaded } from '../contract/fleet.ts'
import { Watchers } from '../observe/stream/watchers.ts'
import { Asks } from './asks.ts'
import { askMsMax } from './child.ts'
import type { Link } from './link.ts'
import type { ToldByAll } from './messages.ts'
import { answerOf } from './told.ts'

/** On top of what the supervisor waits for its workers. */
const wayMs = 500
/** A reload takes as long as all drains one after the other. */
const reloadMsMax = 24 * 3_600_000

/** The worker processes as the API process sees them: over its supervisor. */
export function fleetOverLink(link: Link, env: Env): Fleet {
  const asks = new Asks<ToldByAll>(env)
  const reloads = new Asks<Reloaded>(env)
  const watchers = new Watchers((wish) => void link.send({ kind: 'watch', wish }))
  link.hear('answers', ({ ask, told }) => asks.answered(ask, told))
  link.hear('reloaded', ({ ask, reloaded }) => reloads.answered(ask, reloaded))
  link.hear('events', ({ events }) => watchers.tell(events))
  return {
    async ask<Q extends Question>(question: Q, value: Questions[Q]['with']) {
      const json = JSON.stringify(value)
      const told = await asks.ask(askMsMax + wayMs, (ask) => void link.send({ kind: 'askAll', ask, question, json }))
      return answerOf<Q>(told ?? { answers: [], missing: ['the supervisor does not answer'] })
    },
    watch: (listener, wish) => watchers.add(listener, wish),
    async reload() {
      const reloaded = await reloads.ask(reloadMsMax, (ask) => void link.send({ kind: 'reload', ask }))
      return reloaded ?? { replaced: 0, processes: 0, refused: 'the supervisor does not answer' }
    },
  }
}
