import type { FleetAnswer, Question, Questions } from '../contract/fleet.ts'
import type { Told, ToldByAll } from './messages.ts'
import type { Place } from './place.ts'

/** Longer answers are not sent on: something in them grows without bound. */
export const answerCharsMax = 16 * 1_024 * 1_024

/** Puts one question to all worker processes. What it is about, and what the answers say, is between the two ends. */
export async function askAll(
  places: readonly Place[],
  question: Question,
  json: string | undefined,
): Promise<ToldByAll> {
  const told: ToldByAll = { answers: [], missing: [] }
  const all = await Promise.all(places.map(async (place) => ({ place, ...(await place.ask(question, json)) })))
  for (const { place, child, answer } of all) {
    if (child === undefined) {
      // One that has drained, while others still do, is not missed.
      if (!place.isStopping) told.missing.push('a worker process has crashed and is about to be restarted')
    } else if (answer === undefined) {
      if (!place.isStopping || child === place.child) told.missing.push(`the ${child.name} does not answer`)
    } else if (answer.error !== undefined) {
      told.missing.push(`the ${child.name} could not answer: ${answer.error}`)
    } else {
      told.answers.push({ process: numberOf(place), pid: child.pid ?? 0, json: answer.json })
    }
  }
  return told
}

function numberOf({ role }: Place): number {
  return role.kind === 'worker' ? role.place : -1
}

/** What was told, read. */
export function answerOf<Q extends Question>({ answers, missing }: ToldByAll): FleetAnswer<Questions[Q]['answer']> {
  return {
    answers: answers.map(({ process, pid, json }) => ({
      process,
      pid,
      answer: (json === undefined ? undefined : JSON.parse(json)) as Questions[Q]['answer'],
    })),
    missing,
  }
}

/** An answer on its way, whatever it is; never throws. */
export async function tell(answer: () => unknown): Promise<Told> {
  try {
    const json = JSON.stringify(await answer())
    if (json === undefined || json.length <= answerCharsMax) return { json }
    return { error: `the answer has ${json.length} characters; at most ${answerCharsMax} are sent` }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
