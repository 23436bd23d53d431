/** Who may import whom: docs/architecture.md, as data. What is not allowed here is forbidden. */

/** From left to right; each sees all that stand left of it, and none of its own brace. */
const columns = [
  ['contract'],
  ['base'],
  ['config', 'job', 'sandbox', 'isolation', 'limiter', 'observe'],
  ['producer', 'engine', 'guardian', 'outbox'],
  ['cron', 'workflow', 'lane'],
  ['worker'],
  ['connect'],
  ['api'],
  ['supervisor'],
  ['cli'],
].map((names) => names.map((name) => `src/${name}`))

/** Isolation reads the sandbox's handle and the sandbox tells isolation of its end: two halves of one thing. */
const siblings = new Map([
  ['src/sandbox', ['src/isolation']],
  ['src/isolation', ['src/sandbox']],
])

/** What a driver shares with its kin, and with nobody else. BullMQ's brings handlers over, and finds their fibers. */
const common = new Map([
  ['drivers/sqlite', ['drivers/sql']],
  ['drivers/postgres', ['drivers/sql']],
  ['drivers/mysql', ['drivers/sql']],
  ['drivers/redis', ['drivers/redis-common']],
  ['drivers/redis-streams', ['drivers/redis-common']],
  ['drivers/bullmq', ['src/job', 'src/sandbox']],
])

/** Only these name drivers or facades: the rest of the core knows the ports. */
const doors = ['src/connect', 'src/index', 'src/testing', 'src/client', 'src/dashboard', 'src/driver']

/** The unit that a file belongs to: `src/engine`, `drivers/redis`, `dashboard/terminal`, or `src/index` for a lone file. */
export function unitOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return `${top}/${second.replace(/\.[jt]s$/, '')}`
}

export function isKnown(unit: string): boolean {
  if (!unit.startsWith('src/')) return /^(?:drivers|facades|dashboard|stress)\//.test(unit)
  return doors.includes(unit) || columns.some((names) => names.includes(unit))
}

export function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const top = from.split('/')[0]
  // Faces of the API alone; browsers load the first too.
  if (from === 'src/client' || from === 'src/dashboard') return to === 'src/api'
  if (top === 'drivers') return ['src/contract', 'src/base', ...(common.get(from) ?? [])].includes(to)
  if (top === 'facades') return ['src/contract', 'src/base', 'src/sandbox', 'src/limiter'].includes(to)
  // What a dashboard shows comes over the API's client, through its public door.
  if (top === 'dashboard') return ['src/contract', 'src/base', 'src/client', 'dashboard/model'].includes(to)
  if (top === 'stress') return to.startsWith('stress/') || (to.startsWith('src/') && to !== 'src/cli')
  if (/^(?:drivers|facades)\//.test(to)) return doors.includes(from)
  if (/^(?:dashboard|stress)\//.test(to)) return from === 'src/cli'
  if (siblings.get(from)?.includes(to) === true) return true
  const last = doors.includes(from) && from !== 'src/connect' ? columnOf('src/connect') + 1 : columnOf(from)
  return columnOf(to) >= 0 && columnOf(to) < last
}

function columnOf(unit: string): number {
  return columns.findIndex((names) => names.includes(unit))
}
