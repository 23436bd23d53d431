/** What a cron pattern says, where it is one of those that people write mostly; undefined for the others. */
export function cronWords(cron: string): string | undefined {
  const named = names[cron.trim()]
  if (named !== undefined) return named
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5) return undefined
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string]
  if (month !== '*') return undefined
  const when = daysOf(day, weekday)
  if (when === undefined) return undefined
  const times = timesOf(minute, hour)
  if (times === undefined) return undefined
  return when === '' ? times.alone : `${times.text}, ${when}`
}

/** `every minute`, `every 90 seconds`: in the largest unit that is whole. */
export function everyWords(ms: number): string {
  const [unitMs, unit] = units.find(([size]) => ms % size === 0) ?? [1_000, 'second']
  const value = ms / unitMs
  return value === 1 ? `every ${unit}` : `every ${value.toLocaleString('en-US')} ${unit}s`
}

const units: [ms: number, name: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
]

const names: Record<string, string> = {
  '@hourly': 'every hour',
  '@daily': 'every day at 00:00',
  '@midnight': 'every day at 00:00',
  '@weekly': 'Sundays at 00:00',
  '@monthly': 'the 1st of each month at 00:00',
  '@yearly': '1 January at 00:00',
  '@annually': '1 January at 00:00',
}

/** How it reads in front of days, and without any. */
interface Times {
  text: string
  alone: string
}

function timesOf(minute: string, hour: string): Times | undefined {
  const same = (text: string): Times => ({ text, alone: text })
  if (hour === '*') {
    if (minute === '*') return same('every minute')
    const step = /^\*\/(\d+)$/.exec(minute)?.[1]
    if (step !== undefined && 60 % Number(step) === 0)
      return same(step === '1' ? 'every minute' : `every ${step} minutes`)
    return isNumber(minute) ? same(minute === '0' ? 'every hour' : `every hour at minute ${minute}`) : undefined
  }
  if (!isNumber(minute)) return undefined
  const step = /^\*\/(\d+)$/.exec(hour)?.[1]
  if (step !== undefined && 24 % Number(step) === 0)
    return same(`every ${step} hours${minute === '0' ? '' : ` at minute ${minute}`}`)
  const hours = hour.split(',')
  if (!hours.every(isNumber)) return undefined
  const text = listed(hours.map((one) => `${two(one)}:${two(minute)}`))
  return { text: `at ${text}`, alone: `every day at ${text}` }
}

function daysOf(day: string, weekday: string): string | undefined {
  if (day === '*' && weekday === '*') return ''
  if (day === '*') return weekdaysOf(weekday)
  if (weekday !== '*') return undefined
  if (day === 'L') return 'on the last day of each month'
  const days = day.split(',')
  return days.every(isNumber) ? `on the ${listed(days.map(ordinal))} of each month` : undefined
}

const short = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const long = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays']

function weekdaysOf(text: string): string | undefined {
  const nth = /^(\w+)#([1-5L])$/.exec(text)
  if (nth !== null) {
    const at = weekdayAt(nth[1]!)
    const which = nth[2] === 'L' ? 'last' : ordinal(nth[2]!)
    return at === undefined ? undefined : `on the ${which} ${long[at]!.slice(0, -1)} of each month`
  }
  const range = /^(\w+)-(\w+)$/.exec(text)
  if (range !== null) {
    const [from, to] = [weekdayAt(range[1]!), weekdayAt(range[2]!)]
    return from === undefined || to === undefined
      ? undefined
      : `${long[from]!.slice(0, -1)} to ${long[to]!.slice(0, -1)}`
  }
  const days = text.split(',').map(weekdayAt)
  return days.every((at) => at !== undefined) ? listed(days.map((at) => long[at]!)) : undefined
}

function weekdayAt(text: string): number | undefined {
  const at = isNumber(text) ? Number(text) % 7 : short.indexOf(text.slice(0, 3).toUpperCase())
  return at < 0 || (isNumber(text) && Number(text) > 7) ? undefined : at
}

function listed(words: string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`
}

function ordinal(text: string): string {
  const value = Number(text)
  const ending = value > 10 && value < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th')
  return `${value}${ending}`
}

function isNumber(text: string): boolean {
  return /^\d{1,2}$/.test(text)
}

function two(text: string): string {
  return text.padStart(2, '0')
}
