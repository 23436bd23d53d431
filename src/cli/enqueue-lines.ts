import type { BatchAnswer, Submission } from '../api/schemas/job.ts'
import { ApiError } from '../api/client/error.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { outcomesText } from './bulk-run.ts'
import type { ApiContext } from './with-api.ts'

/** A job for each input. One that is refused keeps none of the others. Throws what the first refused one was refused for, `FW_QUEUE_FULL`. */
export async function enqueueLines(
  { api, output }: ApiContext,
  job: Submission,
  inputs: readonly unknown[],
): Promise<void> {
  const sent = await api.jobs.submitMany(inputs.map((input) => ({ ...job, input })))
  const outcomes: Record<string, number> = {}
  for (const { outcome } of sent) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  const ids = sent.map((one) => ('id' in one ? one.id : null))
  output.answer({ name: job.name, queue: job.queue ?? null, outcomes, ids }, outcomesText(outcomes))
  throwIfRefused(sent)
  if ('full' in outcomes)
    throw new FiberWorkError('FW_QUEUE_FULL', `${outcomes['full']} jobs were refused: the queue is full.`)
}

function throwIfRefused(sent: BatchAnswer['jobs']): void {
  const at = sent.findIndex(({ outcome }) => outcome === 'refused')
  const first = sent[at]
  if (first === undefined || !('problem' in first)) return
  const count = sent.filter(({ outcome }) => outcome === 'refused').length
  const others = count === 1 ? '' : ` (and ${count - 1} more)`
  throw new ApiError({
    ...first.problem,
    issues: first.problem.issues ?? [],
    detail: `Input ${at + 1}${others}: ${first.problem.detail}`,
  })
}
