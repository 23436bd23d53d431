import type { Env } from '../base/env.ts'
import type { EventWish, Question, StreamEvent } from '../contract/fleet.ts'
import type { Answers } from '../worker/answers.ts'
import { streamOnWish } from '../observe/stream/stream.ts'
import { EventFlow } from './event-flow.ts'
import type { Link } from './link.ts'
import type { Told } from './messages.ts'
import { tell } from './told.ts'

/** A worker process answers what its supervisor asks, and tells what happens in it while somebody watches. */
export function answerOver(
  link: Link,
  answers: Answers,
  env: Env,
  stream: (hear: (events: StreamEvent[]) => void) => (wish: EventWish | undefined) => void = (hear) =>
    streamOnWish(env, hear),
): void {
  const answer = async (question: Question, json: string | undefined): Promise<Told> => {
    const value = (json === undefined ? undefined : JSON.parse(json)) as never
    if (!Object.hasOwn(answers, question)) return { error: `it does not know what "${question}" is` }
    return tell(() => answers[question](value))
  }
  link.hear('ask', ({ ask, question, json }) => {
    void answer(question, json).then((told) => link.send({ kind: 'answer', ask, told }))
  })
  const flow = new EventFlow(env, (events) => link.send({ kind: 'events', events }))
  const want = stream((events) => flow.push(events))
  link.hear('watch', ({ wish }) => want(wish))
}
