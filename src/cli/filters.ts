import type { Command } from 'commander'
import type { Filter } from '../api/schemas/common.ts'
import { type JobState, jobStates } from '../contract/job.ts'
import { systemEnv } from '../base/env.ts'
import {
  addRange,
  collect,
  durationFlag,
  type Given,
  integerFlag,
  type RangeFlags,
  rangeOf,
  wordFlag,
} from './flags.ts'

export interface FilterFlags extends Given, RangeFlags {
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
  command
    .option('--queue <NAME>', 'of this queue')
    .option('--state <STATE>', `${jobStates.join(', ')}; several times`, collect)
    .option('--name <NAME>', 'of this job name')
    .option('--group <KEY>', 'of this group')
    .option('--tag <TAG>', 'with this tag')
    .option('--id-prefix <TEXT>', 'whose id begins so')
    .option('--error <TEXT>', 'whose error contains this')
    .option('--older <TIME>', 'enqueued at least this long ago (30s, 2d)')
  return addRange(command, 'enqueued')
}

export function filterOf({ queue, state, name, group, tag, idPrefix, error, older, ...range }: FilterFlags): Filter {
  return {
    ...(queue !== undefined && { queue }),
    ...(state !== undefined && { states: statesOf(state) }),
    ...(name !== undefined && { name }),
    ...(group !== undefined && { group }),
    ...(tag !== undefined && { tag }),
    ...(idPrefix !== undefined && { idPrefix }),
    ...(error !== undefined && { error }),
    ...(older !== undefined && { olderThanMs: durationFlag('--older', older) }),
    ...rangeOf(range, systemEnv.nowMs()),
  }
}

/** Throws `FW_CONFIG_INVALID` for what is not a state. */
export function statesOf(texts: readonly string[]): JobState[] {
  const states = texts.flatMap((text) => text.split(',')).map((text) => wordFlag('--state', text, jobStates))
  return [...new Set(states)]
}

export function limitOf(text: string | undefined, fallback: number, max: number): number {
  return text === undefined ? fallback : integerFlag('--limit', text, 1, max)
}

/** `--rate`: jobs a second. */
export function rateOf(text: string | undefined): { ratePerSecond?: number } {
  return text === undefined ? {} : { ratePerSecond: integerFlag('--rate', text, 1, 1_000_000) }
}
