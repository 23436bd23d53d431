import type { Command } from 'commander'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { checkOptions } from '../job/check.ts'
import { checkName } from '../job/names.ts'
import { type EnqueueOptions, enqueueOptionsTable } from '../job/options.ts'
import type { Submission } from '../api/schemas/job.ts'
import { enqueueLines } from './enqueue-lines.ts'
import { addPlace, collect, durationFlag, type Given } from './flags.ts'
import { parseInput } from './input.ts'
import { readStdin } from './stdin.ts'
import { waitForResult } from './waiting.ts'
import { withApi } from './with-api.ts'

interface EnqueueFlags extends Given {
  queue?: string
  id?: string
  priority?: string
  delay?: string
  runAt?: string
  group?: string
  unique?: string
  uniqueMode?: string
  uniqueFor?: string
  tag?: string[]
  header?: string[]
  attempts?: string
  timeout?: string
  lines?: boolean
  unchecked?: boolean
  wait?: string | true
}

/** `fiber-work enqueue NAME [JSON]` */
export function register(command: Command): void {
  addPlace(command, ['jobs', 'bodyBytesMax'])
  command
    .argument('<NAME>', 'the name of the job')
    .argument('[JSON]', 'its input; - reads it from stdin')
    .option('--lines', 'stdin holds an input a line, each of which becomes a job')
    .option('--queue <NAME>', 'the queue, where several have a job of this name, or none is known by this name')
    .option('--priority <N>', '0 to 9, higher first')
    .option('--delay <TIME>', 'start no sooner than in this time (30s, 5m)')
    .option('--run-at <TIME>', 'start no sooner than then (ISO 8601 with its zone)')
    .option('--group <KEY>', 'whose fair turn it takes')
    .option('--unique <KEY>', 'no second job with this key while the first one has not ended')
    .option('--unique-mode <MODE>', 'keep (the first one stays) or replace (while it waits)')
    .option('--unique-for <TIME>', 'hold the key for this long, whatever becomes of the job')
    .option('--tag <TAG>', 'several times', collect)
    .option('--header <NAME=VALUE>', 'several times', collect)
    .option('--attempts <N>', 'how often it is tried in all')
    .option('--timeout <TIME>', 'how long an attempt may take; off for no limit')
    .option('--id <ID>', 'an id of your own; the same one twice is a duplicate')
    .option('--unchecked', 'do not look for a handler, and take the input as it is')
    .option('--wait [TIME]', 'wait for the result (60s)')
  command.action((name: string, json: string | undefined, given: EnqueueFlags) => enqueue(name, json, given))
}

async function enqueue(name: string, json: string | undefined, given: EnqueueFlags): Promise<void> {
  checkName('job', name)
  refuseOneId(given)
  const options = optionsOf(given)
  checkOptions(`Enqueue of "${name}"`, options, enqueueOptionsTable)
  const job = submissionOf(name, given.queue, options)
  const inputs = await inputsOf(json, given.lines === true)
  const waitMs = given.wait === undefined || given.wait === true ? 60_000 : durationFlag('--wait', given.wait)
  const definitions = given.unchecked === true ? {} : ({ definitions: 'checked' } as const)
  await withApi(given, { creates: true, ...definitions }, async (context) => {
    const { api, output } = context
    if (given.lines === true) return enqueueLines(context, job, inputs)
    const { id, outcome, queue } = await api.jobs.submit({ ...job, input: inputs[0] })
    if (given.wait === undefined)
      return output.answer({ id, outcome, name, queue }, `${outcome} ${plain(id)} in ${plain(queue)}`)
    output.note(`${outcome} ${id}`, 'dim')
    const result = await waitForResult(api, id, waitMs)
    output.answer({ id, outcome, name, queue, result }, JSON.stringify(result, undefined, 2) ?? 'done')
  })
}

function submissionOf(name: string, queue: string | undefined, { runAt, ...rest }: EnqueueOptions): Submission {
  return {
    ...(rest as Omit<Submission, 'name'>),
    name,
    ...(queue !== undefined && { queue }),
    ...(runAt !== undefined && { runAt: new Date(runAt).toISOString() }),
  }
}

function refuseOneId({ id, lines }: EnqueueFlags): void {
  if (id !== undefined && lines === true)
    throw new FiberWorkError('FW_CONFIG_INVALID', '--id names one job, and --lines are many.')
}

async function inputsOf(json: string | undefined, lines: boolean): Promise<unknown[]> {
  if (lines) {
    if (json !== undefined && json !== '-')
      throw new FiberWorkError('FW_CONFIG_INVALID', '--lines reads the inputs from stdin; leave the JSON argument out.')
    const texts = (await readStdin()).split('\n')
    return texts.flatMap((text, index) => (text.trim() === '' ? [] : [parseInput(text, `line ${index + 1} of stdin`)]))
  }
  if (json === undefined) return [undefined]
  return [json === '-' ? parseInput(await readStdin(), 'stdin') : parseInput(json, 'the argument')]
}

function optionsOf(given: EnqueueFlags): EnqueueOptions {
  const { id, group, priority, delay, runAt, attempts, timeout, tag, header, unique } = given
  const options: EnqueueOptions = {}
  if (id !== undefined) options.id = id
  if (group !== undefined) options.group = group
  if (priority !== undefined) options.priority = number(priority)
  if (attempts !== undefined) options.attempts = number(attempts)
  if (delay !== undefined) options.delayMs = durationFlag('--delay', delay)
  if (runAt !== undefined) options.runAt = moment(runAt)
  if (timeout !== undefined) options.timeoutMs = timeout === 'off' ? false : durationFlag('--timeout', timeout)
  if (tag !== undefined) options.tags = tag
  if (header !== undefined) options.headers = Object.fromEntries(header.map(pair))
  if (unique !== undefined) options.unique = uniqueOf(unique, given)
  else if (given.uniqueMode !== undefined || given.uniqueFor !== undefined) {
    throw new FiberWorkError('FW_CONFIG_INVALID', '--unique-mode and --unique-for go with --unique KEY.')
  }
  return options
}

function uniqueOf(key: string, { uniqueMode, uniqueFor }: EnqueueFlags): NonNullable<EnqueueOptions['unique']> {
  if (uniqueMode !== undefined && uniqueMode !== 'keep' && uniqueMode !== 'replace') {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--unique-mode is ${JSON.stringify(uniqueMode)}; allowed is keep or replace.`,
    )
  }
  return {
    key,
    ...(uniqueMode !== undefined && { mode: uniqueMode }),
    ...(uniqueFor !== undefined && { forMs: durationFlag('--unique-for', uniqueFor) }),
  }
}

/** What is no number is refused by the check of the options, which says what is allowed. */
function number(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : (text as unknown as number)
}

function moment(text: string): Date {
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text)
  const date = new Date(text)
  if (zoned && !Number.isNaN(date.getTime())) return date
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--run-at is ${JSON.stringify(text)}; write a moment with its zone: 2026-11-22T14:00:00+01:00 or …Z.`,
  )
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new FiberWorkError('FW_CONFIG_INVALID', `--header is ${JSON.stringify(text.slice(0, 20))}; write NAME=VALUE.`)
}
