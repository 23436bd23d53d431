import { nearest } from '../base/nearest.ts'
import type { Settings } from '../config/options.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type AnyDefinition, defineJob } from '../job/definition.ts'
import { unchecked } from '../job/schema.ts'

/** The handler's own definition where the jobs folder has it; a bare name where there are no handlers at all. */
export async function definitionOf(
  name: string,
  { queue, unchecked: blind }: { queue?: string; unchecked?: boolean },
  settings: Settings,
): Promise<AnyDefinition> {
  const bare = () => defineJob(name, { input: unchecked<unknown>(), ...(queue !== undefined && { queue }) })
  if (blind === true) return bare()
  const { loadJobs } = await import('./load/jobs.ts')
  const { handlers } = await loadJobs(settings.jobs, process.cwd())
  if (handlers.length === 0) return bare()
  const named = handlers.filter(
    (handler) => handler.name === name && (queue === undefined || handler.queue.name === queue),
  )
  if (named.length === 1) return named[0]!
  const remedy = 'With --unchecked it is enqueued all the same.'
  if (named.length > 1) {
    throw new FiberWorkError(
      'FW_JOB_INVALID',
      `There is a job "${name}" in the queues ${named.map((handler) => handler.queue.name).join(', ')}; say which with --queue.`,
    )
  }
  const known = [...new Set(handlers.map((handler) => handler.name))]
  const near = nearest(name, known)
  const hint =
    near === undefined || near === name
      ? `There are ${handlers.map((handler) => `"${handler.name}" in ${handler.queue.name}`).join(', ')}.`
      : `Did you mean "${near}"?`
  throw new FiberWorkError(
    'FW_JOB_INVALID',
    `No handler is named "${name}"${queue === undefined ? '' : ` in the queue "${queue}"`} (${settings.jobs.join(', ')}). ${hint} ${remedy}`,
  )
}
