import { count } from './format.ts'

export type JobAction = 'retry' | 'cancel' | 'remove'

const verbs: Record<JobAction, string> = { retry: 'Retried', cancel: 'Cancelled', remove: 'Removed' }
/** What was wanted, and has happened. */
const wanted: Record<JobAction, readonly string[]> = {
  retry: ['retried'],
  cancel: ['cancelled', 'cancelling'],
  remove: ['removed'],
}
const others: Record<JobAction, Record<string, (jobs: number) => string>> = {
  retry: {
    waiting: (jobs) => `${are(jobs)} waiting already`,
    running: (jobs) => `${are(jobs)} running already`,
    duplicate: (jobs) => `${are(jobs)} kept out by another job with the same unique key`,
    unknown: (jobs) => `${are(jobs)} not there any more`,
  },
  cancel: {
    settled: (jobs) => `${count(jobs)} ${jobs === 1 ? 'has' : 'have'} ended already`,
    unknown: (jobs) => `${are(jobs)} not there any more`,
  },
  remove: {
    running: (jobs) => `${are(jobs)} running: cancel first`,
    unknown: (jobs) => `${are(jobs)} not there any more`,
  },
}

export interface Told {
  text: string
  /** Nothing of what was wanted has happened. */
  failed: boolean
}

/** What became of jobs: `Retried 3. 1 is running already.` Somebody else may have been there before. */
export function outcomeWords(action: JobAction, outcomes: Readonly<Record<string, number>>): Told {
  const well = wanted[action].reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0)
  const rest = Object.entries(outcomes)
    .filter(([outcome, jobs]) => jobs > 0 && !wanted[action].includes(outcome))
    .map(([outcome, jobs]) => others[action][outcome]?.(jobs) ?? `${count(jobs)} ${outcome}`)
  const isTelling = action === 'cancel' && (outcomes['cancelling'] ?? 0) > 0
  const sentences = [
    ...(well > 0 || rest.length === 0 ? [`${verbs[action]} ${count(well)}`] : []),
    ...(isTelling ? [`${are(outcomes['cancelling']!)} running and told to stop`] : []),
    ...rest,
  ]
  return { text: sentences.map((sentence) => `${sentence}.`).join(' '), failed: well === 0 && rest.length > 0 }
}

/** The same of a single job, in a sentence of its own. */
export function outcomeOfOne(action: JobAction, outcome: string): Told {
  const failed = !wanted[action].includes(outcome)
  return { text: sentencesOfOne[action][outcome] ?? `The job is ${outcome}.`, failed }
}

const gone = 'The job is not there any more: somebody has removed it, or its time was over.'
const sentencesOfOne: Record<JobAction, Record<string, string>> = {
  retry: {
    retried: 'It starts over.',
    waiting: 'It is waiting already: somebody was quicker.',
    running: 'It is running already: somebody was quicker.',
    duplicate: 'Another job holds its unique key. That one has to end first.',
    unknown: gone,
  },
  cancel: {
    cancelled: 'It is cancelled.',
    cancelling: 'Its worker is told to stop it.',
    settled: 'It has ended already.',
    unknown: gone,
  },
  remove: { removed: 'It is forgotten.', running: 'It is running: cancel it first.', unknown: gone },
}

function are(jobs: number): string {
  return `${count(jobs)} ${jobs === 1 ? 'is' : 'are'}`
}
