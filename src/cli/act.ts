import type { Command } from 'commander'
import { plain } from '../base/text.ts'
import type { Outcome } from '../api/schemas/job.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { followBulk, outcomesText } from './bulk-run.ts'
import { addFilters, filterOf, type FilterFlags, rateOf } from './filters.ts'
import { addPlace } from './flags.ts'
import { showProgress } from './progress.ts'
import { readStdin } from './stdin.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface ActFlags extends FilterFlags {
  rate?: string
}

const batchMax = 500

/** A command that takes ids, or filters, and acts on each job that they mean. */
export function registerAct(command: Command, action: 'cancel' | 'retry'): void {
  addPlace(addFilters(command.argument('[ID...]', 'ids of jobs; - reads them from stdin')))
    .option('--rate <N>', 'with filters: this many jobs a second, at most')
    .action((ids: string[], given: ActFlags) => {
      const filter = filterOf(given)
      const filtered = Object.keys(filter).length > 0
      // What acts on jobs never acts on all by an oversight.
      if (filtered === ids.length > 0) {
        throw new FiberWorkError(
          'FW_CONFIG_INVALID',
          'Say which jobs: ids, - for ids from stdin, or filters (--queue, --state, …), and not both.',
        )
      }
      const rate = rateOf(given.rate)
      return withApi(given, {}, async (context) => {
        if (!filtered) return actOnIds(context, action, await idsOf(ids))
        const task = await followBulk(context, await context.api.bulk.start(action, filter, rate))
        context.output.answer({ outcomes: task.outcomes, task }, () => outcomesText(task.outcomes) || 'No such jobs.')
      })
    })
}

async function idsOf(args: readonly string[]): Promise<string[]> {
  if (args[0] !== '-' || args.length > 1) return [...args]
  return (await readStdin()).split(/\s+/).filter((id) => id !== '')
}

async function actOnIds(
  { api, output, place }: ApiContext,
  action: 'cancel' | 'retry',
  ids: readonly string[],
): Promise<void> {
  const jobs: Outcome[] = []
  const outcomes: Record<string, number> = {}
  const progress = showProgress(output, 'jobs', ids.length)
  for (let start = 0; start < ids.length; start += batchMax) {
    const acted = await api.jobs.act(action, ids.slice(start, start + batchMax))
    jobs.push(...acted.jobs)
    for (const [outcome, count] of Object.entries(acted.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
    progress.set(jobs.length)
  }
  progress.end()
  output.answer({ outcomes, jobs }, () => textOf(jobs, outcomes))
  const unknown = jobs.filter(({ outcome }) => outcome === 'unknown')
  if (unknown.length > 0 && unknown.length === jobs.length) {
    const some = unknown.slice(0, 3).map(({ id }) => JSON.stringify(id))
    throw new FiberWorkError('FW_JOB_UNKNOWN', `There is no job with the id ${some.join(', ')} at ${place}.`)
  }
}

function textOf(jobs: readonly Outcome[], outcomes: Record<string, number>): string {
  if (jobs.length === 0) return 'No such jobs.'
  return jobs.length <= 20
    ? jobs.map(({ id, outcome }) => `${outcome} ${plain(id)}`).join('\n')
    : outcomesText(outcomes)
}
