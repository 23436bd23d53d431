import type { Command } from 'commander'
import { nearest } from '../base/nearest.ts'
import type { Client } from '../connect/client.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { JobFilter } from '../contract/inspector.ts'
import { type JobState, jobStates } from '../contract/job.ts'
import { collect, durationFlag, type Given } from './flags.ts'
import { readStdin } from './stdin.ts'

export interface FilterFlags extends Given {
  queue?: string
  state?: string[]
  name?: string
  group?: string
  tag?: string
  idPrefix?: string
  error?: string
  older?: string
}

/** The flags that say which jobs are meant. */
export function addFilters(command: Command): Command {
  return command
    .option('--queue <NAME>', 'of this queue')
    .option('--state <STATE>', `${jobStates.join(', ')}; several times`, collect)
    .option('--name <NAME>', 'of this job name')
    .option('--group <KEY>', 'of this group')
    .option('--tag <TAG>', 'with this tag')
    .option('--id-prefix <TEXT>', 'whose id begins so')
    .option('--error <TEXT>', 'whose error contains this')
    .option('--older <TIME>', 'enqueued at least this long ago (30s, 2d)')
}

export function filterOf({ queue, state, name, group, tag, idPrefix, error, older }: FilterFlags): JobFilter {
  return {
    ...(queue !== undefined && { queue }),
    ...(state !== undefined && { states: statesOf(state) }),
    ...(name !== undefined && { name }),
    ...(group !== undefined && { group }),
    ...(tag !== undefined && { tag }),
    ...(idPrefix !== undefined && { idPrefix }),
    ...(error !== undefined && { errorText: error }),
    ...(older !== undefined && { ageMsMin: durationFlag('--older', older) }),
  }
}

/** Throws `FW_CONFIG_INVALID` for what is not a state. */
export function statesOf(texts: readonly string[]): JobState[] {
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      if ((jobStates as readonly string[]).includes(text)) return text as JobState
      const near = nearest(text, jobStates)
      throw new FiberWorkError(
        'FW_CONFIG_INVALID',
        `--state is ${JSON.stringify(text)}; ${near === undefined ? `allowed are ${jobStates.join(', ')}.` : `did you mean ${near}?`}`,
      )
    })
}

export function limitOf(text: string | undefined, fallback: number, max: number): number {
  if (text === undefined) return fallback
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--limit is ${JSON.stringify(text)}; allowed is an integer from 1 to ${max}.`,
  )
}

const batchMax = 500

/**
 * The ids that a command was given, in batches: as arguments, from stdin (`-`), or all that the filters match. Throws
 * `FW_CONFIG_INVALID` when it is none or several of them: what acts on jobs never acts on all by an oversight.
 */
export async function* selectIds(
  client: Client,
  args: readonly string[],
  given: FilterFlags,
): AsyncGenerator<string[]> {
  const filter = filterOf(given)
  const filtered = Object.keys(filter).length > 0
  if (filtered === args.length > 0) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'Say which jobs: ids, - for ids from stdin, or filters (--queue, --state, …), and not both.',
    )
  }
  if (!filtered) {
    const ids = args[0] === '-' && args.length === 1 ? (await readStdin()).split(/\s+/).filter((id) => id !== '') : args
    for (let start = 0; start < ids.length; start += batchMax) yield ids.slice(start, start + batchMax)
    return
  }
  for (let cursor: string | undefined; ;) {
    const page = await client.list(filter, { limit: batchMax, ...(cursor !== undefined && { cursor }) })
    if (page.jobs.length > 0) yield page.jobs.map(({ job }) => job.id)
    if (page.cursor === undefined) return
    cursor = page.cursor
  }
}
