import { type JobAction, outcomeOfOne, outcomeWords } from '../../model/outcome-words.ts'
import { toast } from '../parts/toast.tsx'
import { api } from './api.ts'

const idsMax = 500

/** Do something to jobs by their ids, and say what became of them. */
export async function actOnJobs(action: JobAction, ids: readonly string[]): Promise<void> {
  const outcomes: Record<string, number> = {}
  try {
    for (let at = 0; at < ids.length; at += idsMax) {
      const answer = await api.jobs.act(action, ids.slice(at, at + idsMax))
      for (const [outcome, jobs] of Object.entries(answer.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + jobs
    }
  } catch (error) {
    const before = Object.keys(outcomes).length === 0 ? '' : ` Before that: ${outcomeWords(action, outcomes).text}`
    return toast(`${error instanceof Error ? error.message : String(error)}${before}`, 'failed')
  }
  const { text, failed } = outcomeWords(action, outcomes)
  toast(text, failed ? 'failed' : 'done')
}

/** The same to one job. */
export async function actOnJob(action: JobAction, id: string): Promise<void> {
  try {
    const { text, failed } = outcomeOfOne(action, (await api.jobs[action](id)).outcome)
    toast(text, failed ? 'failed' : 'done')
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'failed')
  }
}
