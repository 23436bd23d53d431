import type { Bound } from '../../src/base/limits-left.ts'
import type { Meter } from '../../src/base/meter.ts'
import type { LimitSettings } from '../../src/contract/index.ts'
import { wire } from './codec.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

const script = loadScript('bounds')

/** Groups that one script looks at. */
const groupsMost = 250

type Value = string | number

/** What limits a queue and its groups, by the names that they have in the store, and how much of that is used. */
export interface Bounds {
  nowMs: number
  queue: Bound
  /** `running` is a guess of the caller's where nobody counts. */
  groups: Map<string, Bound>
}

/** `groups`: how many jobs of each are thought to run. */
export async function boundsOf(link: Link, queue: string, groups: ReadonlyMap<string, number>): Promise<Bounds> {
  const names = [...groups.keys()]
  let told: Bounds | undefined
  for (let at = 0; at < names.length || told === undefined; at += groupsMost) {
    const some = names.slice(at, at + groupsMost)
    const reply = (await link.run(script, [wire(queue), ...some])) as Value[]
    const [nowMs, limits, state, running, frozenUntilMs, shared] = reply.slice(0, 6)
    const whole = boundOf(settingsOf(limits!), state!, running!, frozenUntilMs!)
    told = { nowMs: Number(nowMs), queue: whole, groups: told?.groups ?? new Map<string, Bound>() }
    for (const [i, name] of some.entries()) {
      const [own, state, running, frozenUntilMs] = reply.slice(6 + 4 * i)
      const settings = { ...settingsOf(shared!), ...settingsOf(own!) }
      told.groups.set(name, boundOf(settings, state!, running === '' ? groups.get(name)! : running!, frozenUntilMs!))
    }
  }
  return told
}

function boundOf(limits: LimitSettings, state: Value, running: Value, frozenUntilMs: Value): Bound {
  return {
    ...meterOf(limits, String(state)),
    limits,
    running: Number(running),
    frozenUntilMs: Number(frozenUntilMs),
  }
}

export const settingsOf = (text: Value): LimitSettings =>
  text === '' ? {} : (JSON.parse(String(text)) as LimitSettings)

/** A state as scripts/lib/limits.lua writes it: `full,full;window,used`. */
export function meterOf({ quota }: LimitSettings, state: string): Meter {
  const [fulls = '', spent = '0,0'] = state.split(';')
  const [window = 0, jobs = 0] = spent.split(',').map(Number)
  return {
    buckets: fulls === '' ? [] : fulls.split(',').map(Number),
    spent: quota === undefined ? undefined : { endMs: (window + 1) * quota.perMs, jobs },
  }
}
