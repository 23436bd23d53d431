import type { Contender, Metric, Sweep } from './case.ts'
import { medianOf } from './stats.ts'

const passes = 3

/** What one setting reached. */
export interface Tried {
  setting: string
  median: number
  values: number[]
}

export interface Swept {
  sweep: Sweep
  /** The best first. */
  tried: Tried[]
  /** The best one, under the sweep's name, ready for the rounds. */
  winner: Contender
}

/** Try all settings of a peer, alternating, and pick the best. */
export async function sweepOf(
  sweep: Sweep,
  metric: Metric,
  run: (contender: Contender) => Promise<Record<string, number>>,
): Promise<Swept> {
  const entries = sweep.settings.map((setting) => ({ setting, values: [] as number[] }))
  for (let pass = 0; pass < passes; pass++) {
    for (const { setting, values } of pass % 2 === 0 ? entries : entries.toReversed()) {
      const metrics = await run(contenderOf(sweep, { ...setting, ...sweep.trying }))
      const value = metrics[metric.name]
      if (value === undefined) throw new Error(`${sweep.name} does not tell ${metric.name}`)
      values.push(value)
    }
  }
  const sign = metric.better === 'more' ? -1 : 1
  entries.sort((a, b) => sign * (medianOf(a.values) - medianOf(b.values)))
  return {
    sweep,
    tried: entries.map(({ setting, values }) => ({ setting: told(setting), median: medianOf(values), values })),
    winner: contenderOf(sweep, entries[0]!.setting),
  }
}

function contenderOf({ name, script, args }: Sweep, more: Record<string, unknown>): Contender {
  return { name, script, args: { ...args, ...more } }
}

function told(setting: Record<string, unknown>): string {
  const parts = Object.entries(setting).map(([name, value]) => `${name} ${String(value)}`)
  return parts.join(', ') || 'defaults'
}
