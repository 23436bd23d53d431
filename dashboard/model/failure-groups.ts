/** A failed job, as far as groups look at it. */
export interface Failed {
  id: string
  name: string
  queue: string
  group?: string | undefined
  error?: string | undefined
  settledAt?: string | undefined
  enqueuedAt: string
}

/** How many of a group's jobs have a value: the most frequent first. */
export interface Share {
  value: string
  jobs: number
}

/** Jobs that failed in the same way. */
export interface FailureGroup {
  /** The message with what differs left out: `connect to … failed after # ms`. */
  key: string
  /** The newest message, its first line. */
  message: string
  jobs: number
  names: Share[]
  queues: Share[]
  /** Groups (tenants); jobs without one do not count. */
  groups: Share[]
  newestId: string
  newestAt: string
  oldestAt: string
  /** A text that all of their errors have, to find them by; absent where they have none worth searching for. */
  text?: string
}

const noError = '(no error was given)'

/** The same failure in one line, however many jobs had it; the largest group first. */
export function failureGroups(jobs: readonly Failed[]): FailureGroup[] {
  return [...Map.groupBy(jobs, ({ error }) => failureKey(error))]
    .map(([key, members]) => groupOf(key, members))
    .toSorted((one, other) => other.jobs - one.jobs || (one.newestAt < other.newestAt ? 1 : -1))
}

function groupOf(key: string, members: readonly Failed[]): FailureGroup {
  const byTime = members.toSorted((one, other) => (endOf(one) < endOf(other) ? 1 : -1))
  const newest = byTime[0]!
  const text = commonText(key, members)
  return {
    key,
    message: firstLine(newest.error),
    jobs: members.length,
    names: sharesOf(members.map(({ name }) => name)),
    queues: sharesOf(members.map(({ queue }) => queue)),
    groups: sharesOf(members.flatMap(({ group }) => group ?? [])),
    newestId: newest.id,
    newestAt: endOf(newest),
    oldestAt: endOf(byTime.at(-1)!),
    ...(text !== undefined && { text }),
  }
}

function endOf({ settledAt, enqueuedAt }: Failed): string {
  return settledAt ?? enqueuedAt
}

function sharesOf(values: readonly string[]): Share[] {
  return [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => ({ value, jobs: all.length }))
    .toSorted((one, other) => other.jobs - one.jobs || (one.value < other.value ? -1 : 1))
}

/** What two errors of one kind have in common: ids, numbers, quoted texts and addresses differ from job to job. */
const differing = [
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\bhttps?:\/\/[^\s"'`,;)]+/gi,
  /"[^"\n]{0,200}"|`[^`\n]{0,200}`|'[^'\n]{0,200}'/g,
  /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g,
  /\b(?=[0-9a-z_-]*\d)[0-9a-z_-]{12,}\b/gi,
]
const messageCharsMax = 300

/** Errors with the same key are one failure. */
export function failureKey(error: string | undefined): string {
  let key = firstLine(error)
  for (const pattern of differing) key = key.replace(pattern, '…')
  return key.replace(/\d+(?:[.,]\d+)*/g, '#')
}

function firstLine(error: string | undefined): string {
  const line = (error ?? '').split('\n', 1)[0]!.trim()
  return line === '' ? noError : line.slice(0, messageCharsMax)
}

/** The longest piece of the key that stands in every error as it is. */
function commonText(key: string, members: readonly Failed[]): string | undefined {
  return key
    .split(/[…#]/)
    .map((piece) => piece.trim())
    .filter((piece) => piece.length >= 4 && members.every(({ error = '' }) => error.includes(piece)))
    .toSorted((one, other) => other.length - one.length)[0]
}
