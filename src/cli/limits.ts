import type { Command } from 'commander'
import type { LimitSettingsView, LimitsView } from '../api/schemas/queue.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { addPlace, collect, durationFlag, type Given, integerFlag, verbOf } from './flags.ts'
import { limitsText, parseQuota, parseRate } from './limit-text.ts'
import { type Column, table } from './table.ts'
import { showUntil } from './time.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface LimitsFlags extends Given {
  rate?: string[]
  quota?: string
  atOnce?: string
  weight?: string
  depth?: string
  groups?: boolean
  group?: string
  for?: string
}

const verbs = ['show', 'set', 'clear', 'freeze', 'unfreeze'] as const

/** `fiber-work limits [VERB] QUEUE`: what limits a queue, its groups alike, and single groups. */
export function register(command: Command): void {
  addPlace(command.argument('[VERB]', `${verbs.join(', ')} (show)`).argument('[QUEUE]', 'the queue'))
    .option(
      '--rate <N/TIME>',
      'set: jobs by time (100/1s; 100/1s+200 saves up to 200); several hold at once; off',
      collect,
    )
    .option('--quota <N/TIME>', 'set: jobs in each window (1000/1d); off')
    .option('--at-once <N>', 'set: most that run at once, over all workers; off')
    .option('--weight <N>', 'set: share of a group against the others; off')
    .option('--depth <N>', 'set: most that may wait in the queue; off')
    .option('--groups', 'set, clear: of each of its groups alike')
    .option('--group <KEY>', 'set, clear, freeze, unfreeze: of this group')
    .option('--for <TIME>', 'freeze: for so long, then it goes on by itself (15m)')
    .action((first: string | undefined, second: string | undefined, given: LimitsFlags) => limits(first, second, given))
}

function limits(first: string | undefined, second: string | undefined, given: LimitsFlags): Promise<void> {
  // `limits QUEUE` shows it; a queue that is called like a verb is shown by `limits show QUEUE`.
  const isVerb = second !== undefined || (verbs as readonly string[]).includes(first ?? '')
  const verb = isVerb ? verbOf('limits', first!, verbs) : 'show'
  const queue = isVerb ? second : first
  if (queue === undefined)
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'Say of which queue; `fiber-work limiters` shows those that have limits.',
    )
  if (given.groups === true && given.group !== undefined)
    throw new FiberWorkError('FW_CONFIG_INVALID', '--groups means all of them and --group one: give one of them.')
  const change = verb === 'set' ? changeOf(given) : {}
  return withApi(given, {}, async (context) => {
    const { queues } = context.api
    if (verb === 'freeze' || verb === 'unfreeze') await freeze(context, verb, queue, given)
    if (verb === 'clear') await queues.setLimits(queue, scopeOf(given), {})
    if (verb === 'set') {
      // What is not named stays as it is.
      const before = settingsOf(await queues.limits(queue), given) as Record<string, unknown>
      const after = Object.entries({ ...before, ...change }).filter(([, value]) => value !== 'off')
      await queues.setLimits(queue, scopeOf(given), Object.fromEntries(after))
    }
    const held = await queues.limits(queue)
    context.output.answer({ queue, limits: held }, () => textOf(queue, held))
  })
}

async function freeze(
  { api }: ApiContext,
  verb: 'freeze' | 'unfreeze',
  queue: string,
  given: LimitsFlags,
): Promise<void> {
  const { group } = given
  if (verb === 'unfreeze')
    return group === undefined ? api.queues.unfreeze(queue) : api.queues.resumeGroup(queue, group)
  if (given.for === undefined)
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'Say for how long (--for 15m); `fiber-work pause` stops it until it is resumed.',
    )
  const forMs = durationFlag('--for', given.for)
  return group === undefined ? api.queues.freeze(queue, forMs) : api.queues.pauseGroup(queue, group, forMs)
}

function scopeOf({ groups, group }: LimitsFlags): 'queue' | 'groups' | { group: string } {
  if (group !== undefined) return { group }
  return groups === true ? 'groups' : 'queue'
}

function settingsOf(held: LimitsView, given: LimitsFlags): unknown {
  const scope = scopeOf(given)
  return (typeof scope === 'object' ? held.group[scope.group] : held[scope]) ?? {}
}

/** What is to be changed; `off` takes away. Throws `FW_CONFIG_INVALID`. */
function changeOf(given: LimitsFlags): Record<string, unknown> {
  const { rate, quota, atOnce, weight, depth } = given
  const change: { [name in keyof LimitSettingsView]?: LimitSettingsView[name] | 'off' } = {
    ...(rate !== undefined && { rates: rate.includes('off') ? 'off' : rate.map(parseRate) }),
    ...(quota !== undefined && { quota: quota === 'off' ? quota : parseQuota(quota) }),
    ...(atOnce !== undefined && { concurrencyMax: countFlag('--at-once', atOnce) }),
    ...(weight !== undefined && { weight: weightFlag(weight) }),
    ...(depth !== undefined && { depthMax: countFlag('--depth', depth) }),
  }
  if (Object.keys(change).length > 0) return change
  throw new FiberWorkError('FW_CONFIG_INVALID', 'Say what to set: --rate, --quota, --at-once, --weight or --depth.')
}

const countFlag = (flag: string, text: string) => (text === 'off' ? text : integerFlag(flag, text, 0, 1_000_000_000))

function weightFlag(text: string): number | 'off' {
  if (text === 'off') return text
  const weight = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && weight > 0 && weight <= 1_000) return weight
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `--weight is ${JSON.stringify(text)}; allowed is a number above 0, up to 1000, or off.`,
  )
}

interface Row {
  scope: string
  settings: unknown
}

const columns: Column<Row>[] = [
  { title: 'OF', cell: ({ scope }) => scope },
  { title: 'LIMITS', cell: ({ settings }) => limitsText(settings), stretch: true },
]

function textOf(queue: string, { queue: own, groups, group, frozen }: LimitsView): string {
  const rows: Row[] = [
    { scope: `the queue ${queue}`, settings: own },
    { scope: 'each group', settings: groups },
    ...Object.entries(group).map(([key, settings]) => ({ scope: `group ${key}`, settings })),
  ]
  const ice = frozen.map(
    ({ group: key, until }) => `frozen until ${showUntil(until)}: ${plain(key ?? 'the whole queue')}`,
  )
  return [table(rows, columns), ...ice].join('\n')
}
