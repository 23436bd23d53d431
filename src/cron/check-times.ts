import { FiberWorkError } from '../contract/errors.ts'
import type { ScheduleTimes } from '../contract/schedule.ts'
import { integer, shown } from '../job/check.ts'
import { patternOf } from './pattern.ts'
import { nextAfter } from './times.ts'
import { offsetAt } from './zone.ts'

const cronLengthMax = 256
const everyMsMin = 1_000
const everyMsMax = 10 * 366 * 86_400_000

/** Throws `FW_SCHEDULE_INVALID`, saying what is wrong and what is allowed. */
export function checkTimes(where: string, times: object): asserts times is ScheduleTimes {
  const given = times as Record<string, unknown>
  const refuse = (problem: string): never => {
    throw new FiberWorkError('FW_SCHEDULE_INVALID', `${where}: ${problem}`)
  }
  if ((given['cron'] === undefined) === (given['everyMs'] === undefined))
    refuse('give `cron` or `everyMs`, one of them.')
  if (given['cron'] === undefined) checkEvery(given, refuse)
  else checkCron(given, refuse)
}

function checkEvery({ everyMs, offsetMs, ...rest }: Record<string, unknown>, refuse: (problem: string) => never): void {
  const allowed = integer(everyMsMin, everyMsMax)(everyMs)
  if (allowed !== undefined) refuse(`\`everyMs\` is ${shown(everyMs)}; allowed is ${allowed}.`)
  const inside = integer(0, (everyMs as number) - 1)(offsetMs ?? 0)
  if (inside !== undefined) refuse(`\`offsetMs\` is ${shown(offsetMs)}; allowed is ${inside}, less than \`everyMs\`.`)
  const [stray] = Object.keys(rest).filter((name) => rest[name] !== undefined)
  if (stray !== undefined) refuse(`\`${stray}\` belongs to \`cron\`, and \`everyMs\` goes by elapsed time.`)
}

function checkCron(given: Record<string, unknown>, refuse: (problem: string) => never): void {
  const { cron, timeZone, dst, offsetMs } = given
  if (typeof cron !== 'string' || cron.length > cronLengthMax) {
    return refuse(`\`cron\` is ${shown(cron)}; allowed is a pattern of at most ${cronLengthMax} characters.`)
  }
  if (offsetMs !== undefined) refuse('`offsetMs` belongs to `everyMs`.')
  if (dst !== undefined && !['skip', 'once', 'both'].includes(dst as string)) {
    refuse(`\`dst\` is ${shown(dst)}; allowed are skip, once and both.`)
  }
  if (timeZone !== undefined && !isZone(timeZone)) {
    refuse(`\`timeZone\` is ${shown(timeZone)}; allowed is an IANA name: UTC, Europe/Berlin, America/New_York.`)
  }
  try {
    patternOf(cron)
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    refuse(`\`cron\` is ${shown(cron)}, which is no pattern (minute hour day month weekday): ${why}`)
  }
  // A pattern that names years may lie in the past, or far ahead: only a date that no year has is refused.
  const namesYears = cron.trim().split(/\s+/).length === 7
  if (!namesYears && nextAfter({ cron }, anyMoment) === undefined) {
    refuse(`\`cron\` is ${shown(cron)}, and no year has such a day.`)
  }
}

/** A date that comes at all comes within ten years of it. */
const anyMoment = Date.UTC(2024, 0)

function isZone(zone: unknown): boolean {
  if (typeof zone !== 'string' || zone.length > 64) return false
  try {
    offsetAt(zone, 0)
    return true
  } catch {
    return false
  }
}
