import type { Env } from '../base/env.ts'
import type { StreamEvent } from '../contract/fleet.ts'
import type { Answers } from '../worker/answers.ts'
import { EventFlow } from './event-flow.ts'
import type { Link } from './link.ts'
import { tell } from './told.ts'

/** A worker process answers what its supervisor asks, and tells what happens in it while somebody watches. */
export function answerOver(
  link: Link,
  answers: Answers,
  env: Env,
  stream: (hear: (events: StreamEvent[]) => void) => () => void,
): void {
  link.hear('ask', async ({ ask, question, json }) => {
    const value = (json === undefined ? undefined : JSON.parse(json)) as never
    const told = Object.hasOwn(answers, question)
      ? await tell(() => answers[question](value))
      : { error: `it does not know what "${question}" is` }
    await link.send({ kind: 'answer', ask, told })
  })
  const flow = new EventFlow(env, (events) => link.send({ kind: 'events', events }))
  let end: (() => void) | undefined
  link.hear('watch', ({ on }) => {
    end?.()
    end = on ? stream((events) => flow.push(events)) : undefined
  })
}
