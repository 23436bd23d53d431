import type { Command } from 'commander'
import { plain } from '../base/text.ts'
import type { Client } from '../connect/client.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { withStore } from './context.ts'
import { addFilters, type FilterFlags, selectIds } from './filters.ts'
import { addOutputFlags, addSettings } from './flags.ts'
import { showProgress } from './progress.ts'
import { showCount } from './time.ts'

/** What acts on jobs by their ids, and answers what became of each. */
export type Act = (client: Client, ids: string[]) => Promise<string[]>

/** A command that takes ids, or filters, and acts on each job that they mean. */
export function registerAct(command: Command, act: Act): void {
  command.argument('[ID...]', 'ids of jobs; - reads them from stdin')
  addOutputFlags(addSettings(addFilters(command), ['url', 'ledger']))
  command.action((ids: string[], given: FilterFlags) => actOn(ids, given, act))
}

function actOn(args: string[], given: FilterFlags, act: Act): Promise<void> {
  return withStore(given, {}, async ({ client, output }) => {
    const jobs: { id: string; outcome: string }[] = []
    const progress = showProgress(output, 'jobs')
    for await (const ids of selectIds(client, args, given)) {
      const outcomes = await act(client, ids)
      jobs.push(...ids.map((id, index) => ({ id, outcome: outcomes[index]! })))
      progress.set(jobs.length)
    }
    progress.end()
    const outcomes: Record<string, number> = {}
    for (const { outcome } of jobs) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    output.answer({ outcomes, jobs }, () => textOf(jobs, outcomes))
    const unknown = jobs.filter(({ outcome }) => outcome === 'unknown')
    if (unknown.length > 0 && unknown.length === jobs.length) {
      throw new FiberWorkError(
        'FW_JOB_UNKNOWN',
        `There is no job with the id ${unknown
          .slice(0, 3)
          .map(({ id }) => JSON.stringify(id))
          .join(', ')} at ${client.url}.`,
      )
    }
  })
}

function textOf(jobs: readonly { id: string; outcome: string }[], outcomes: Record<string, number>): string {
  if (jobs.length === 0) return 'No such jobs.'
  if (jobs.length <= 20) return jobs.map(({ id, outcome }) => `${outcome} ${plain(id)}`).join('\n')
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${showCount(count)} ${outcome}`)
    .join(', ')
}
