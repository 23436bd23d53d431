import { type Env, within } from '../base/env.ts'
import type { Fleet, FleetAnswer, Question, Questions } from '../contract/fleet.ts'
import { streamOnWish } from '../observe/stream/stream.ts'
import { Watchers } from '../observe/stream/watchers.ts'
import type { Answers } from './answers.ts'

/** As long as a supervisor would wait. */
const askMsMax = 2_000

/** A worker of this very process as a fleet of one. `process` is always 0. */
export function fleetOfWorker(answers: Answers, env: Env): Fleet {
  const watchers: Watchers = new Watchers(streamOnWish(env, (events) => watchers.tell(events)))
  return {
    async ask<Q extends Question>(question: Q, value: Questions[Q]['with']) {
      const told: FleetAnswer<Questions[Q]['answer']> = { answers: [], missing: [] }
      try {
        const asked = Promise.resolve(answers[question](value)).then((answer) => {
          told.answers.push({ process: 0, pid: process.pid, answer })
        })
        if (await within(env, askMsMax, asked)) return told
        return { answers: [], missing: ['the worker does not answer'] }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        return { answers: [], missing: [`the worker could not answer: ${why}`] }
      }
    },
    watch: (listener, wish) => watchers.add(listener, wish),
  }
}
