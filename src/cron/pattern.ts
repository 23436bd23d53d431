import { createRequire } from 'node:module'
import type * as Croner from 'croner'

/** Loaded by who has a schedule: `import 'fiber-work'` loads no package. */
const load = createRequire(import.meta.url)
let croner: typeof Croner | undefined

/** Patterns that were read already, newest last; a schedule asks for its own again and again. */
const read = new Map<string, Pattern>()
const readMax = 1_000

/** A century before the last moment that a Date can hold. */
const lastMs = 8.64e15 - 100 * 366 * 86_400_000

/** A cron pattern on a clock that is never set: times on the wall, written as if it hung in Greenwich. */
export class Pattern {
  /** It names no hours: it goes by elapsed time, whatever the clock on the wall does. */
  readonly everyHour: boolean
  readonly #cron: Croner.Cron

  /** Throws what croner throws. */
  constructor(text: string) {
    croner ??= load('croner') as typeof Croner
    this.#cron = new croner.Cron(text, { timezone: 'UTC', paused: true })
    const fields = text.trim().split(/\s+/)
    // Seconds, where there are some, come first.
    const hour = fields.length > 5 ? fields[2] : fields[1]
    this.everyHour = hour === '*' || /^@hourly$/i.test(fields[0]!)
  }

  /** The first time on the wall that is later than this one. */
  nextAfter(wallMs: number): number | undefined {
    // Croner throws where a Date ends.
    if (!(wallMs < lastMs)) return undefined
    return this.#cron.nextRun(new Date(wallMs))?.getTime()
  }
}

export function patternOf(text: string): Pattern {
  const known = read.get(text)
  if (known !== undefined) return known
  const pattern = new Pattern(text)
  if (read.size >= readMax) read.delete(read.keys().next().value!)
  read.set(text, pattern)
  return pattern
}
