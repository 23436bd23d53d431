import type { JobView, LogLine } from '../../../src/client.ts'
import { redactUrls } from '../../../src/base/text.ts'
import { age, duration, timeOfDay } from '../../model/format.ts'
import { jobTimeline } from '../../model/job-timeline.ts'
import { whyNothing } from '../error-text.ts'
import { fitLine, say, wrap, type Line, type Tone } from '../line.ts'
import type { JobStory } from '../looks.ts'
import type { World } from '../world.ts'
import { outside } from './cells.ts'
import { stateTones } from './jobs.ts'
import { timelineLines } from './timeline.ts'

const labelColumns = 12
const linesMax = 400

/** Everything about one job, from top to bottom; longer than the screen if need be. */
export function inspectLines(world: World): Line[] {
  const { mode } = world.view
  if (mode.is !== 'inspect') return []
  const { about, value, error } = world.data.job
  const known = about === mode.id ? { value, error } : {}
  const title: Line = [say(' JOB ', 'strong', { bold: true }), say(mode.id, 'blue')]
  const lines =
    known.value === undefined
      ? [title, [], ...unknown(known.error, world)]
      : [title, [], ...gone(known.error), ...story(known.value, world)]
  return lines.map((line) => fitLine(line, world.columns, world.glyphs.mark))
}

function unknown(error: unknown, { columns, glyphs }: World): Line[] {
  if (error === undefined) return [[say(' Asking …', 'dim')]]
  const text = isUnknown(error)
    ? 'The store does not know this job: it was done and not kept, or it was removed.'
    : whyNothing(error)
  return wrap(text, columns - 2, 6, glyphs.mark).map((part) => [say(` ${part}`, 'orange')])
}

/** A job that was there and is gone keeps its last state on the screen. */
function gone(error: unknown): Line[] {
  return isUnknown(error) ? [[say(' The store does not know it any more; this is what it was.', 'orange')], []] : []
}

function isUnknown(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'FW_JOB_UNKNOWN'
}

function story({ job, log, logError }: JobStory, world: World): Line[] {
  const nowMs = world.snapshot.atMs
  return [
    ...facts(job, world),
    ...headline('TIMELINE'),
    ...timelineLines(jobTimeline(job), nowMs, world),
    ...texts(job, world),
    ...logLines(log, logError, world),
  ]
}

function headline(title: string, hint = ''): Line[] {
  return [[], [say(` ${title}`, 'strong', { bold: true }), say(hint === '' ? '' : `  ${hint}`, 'dim')]]
}

function field(label: string, ...value: Line): Line {
  return [say(` ${label.padEnd(labelColumns)}`, 'dim'), ...value]
}

function facts(job: JobView, { glyphs, snapshot, processes }: World): Line[] {
  const { state, crashes, cancelling, session } = job
  const lines = [
    field(
      'state',
      say(state, stateTones[state], { bold: true }),
      say(cancelling === true ? '  cancel asked for' : '', 'orange'),
    ),
    field(
      'job',
      say(job.name, 'strong'),
      say(` ${glyphs.dot} queue ${job.queue} ${glyphs.dot} priority ${job.priority}`, 'dim'),
    ),
  ]
  if (crashes > 0) lines.push(field('crashes', say(`${crashes}: its worker died with it`, 'orange')))
  if (job.group !== undefined) lines.push(field('group', say(job.group)))
  if (job.unique !== undefined) lines.push(field('unique key', say(job.unique.key), say(`  ${job.unique.mode}`, 'dim')))
  if (job.tags !== undefined && job.tags.length > 0) lines.push(field('tags', say(job.tags.join('  '))))
  const trace = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(job.headers?.['traceparent'] ?? '')?.[1]
  if (trace !== undefined) lines.push(field('trace', say(trace)))
  if (session !== undefined) lines.push(field('runs at', say(session), ...besides(session, processes)))
  const now = snapshot.slowest.find(({ id }) => id === job.id)
  if (now !== undefined) {
    lines.push(field('runs for', say(duration(now.elapsedMs), 'blue')))
    if (now.doing !== undefined) lines.push(field('waits for', outside(now.doing)))
  }
  return lines
}

function besides(session: string, processes: World['processes']): Line {
  const own = processes.find(({ snapshot }) => snapshot.worker.session === session)
  return own === undefined ? [] : [say(`  pid ${own.pid}, here`, 'dim')]
}

function texts(job: JobView, world: World): Line[] {
  const lines: Line[] = []
  const block = (title: string, text: string | undefined, tone: Tone = 'text') => {
    if (text === undefined || text === '') return
    lines.push(...headline(title))
    for (const line of paragraphs(text, world.columns - 2, world.glyphs.mark)) lines.push([say(` ${line}`, tone)])
  }
  const hidden = job.payloads === 'hidden' ? 'hidden from the role read' : undefined
  const locked =
    job.encrypted === undefined ? undefined : `encrypted with the key ${job.encrypted}, which is not known here`
  block('ERROR', job.error === undefined ? undefined : redactUrls(job.error), job.state === 'done' ? 'dim' : 'text')
  block('PROGRESS', pretty(job.progress))
  block('INPUT', hidden ?? locked ?? job.damage ?? pretty(job.input))
  block('RESULT', pretty(job.result))
  const headers = Object.entries(job.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  block('HEADERS', headers.join('\n'), 'dim')
  return lines
}

/** What the job and its facades have logged. */
function logLines(log: LogLine[] | undefined, error: unknown, { columns, glyphs, snapshot }: World): Line[] {
  const title = headline('LOG', 'what the job and its facades have said')
  if (error !== undefined) return [...title, [say(` ${whyNothing(error)}`, 'orange')]]
  if (log === undefined)
    return [
      ...title,
      [say(' No worker process here knows it any more: logs are kept for a while, where it ran.', 'faint')],
    ]
  if (log.length === 0) return [...title, [say(' It has said nothing.', 'faint')]]
  return [
    ...title,
    ...log.slice(-linesMax).flatMap(({ at, level, message, fields }) => {
      const tone: Tone = level === 'error' ? 'red' : level === 'warn' ? 'orange' : 'text'
      const more = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
      const head = `${timeOfDay(Date.parse(at))} ${age(snapshot.atMs - Date.parse(at)).padStart(4)}  `
      return wrap(redactUrls(message + more), columns - head.length - 2, 4, glyphs.mark).map((part, index) => [
        say(` ${index === 0 ? head : ' '.repeat(head.length)}`, 'dim'),
        say(part, tone),
      ])
    }),
  ]
}

function paragraphs(text: string, columns: number, mark: string): string[] {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    // `wrap` cleans and trims: the indent is kept apart.
    const indent = /^ */.exec(line)?.[0].slice(0, 40) ?? ''
    for (const piece of wrap(line.trim(), Math.max(columns - indent.length, 10), 40, mark)) lines.push(indent + piece)
    if (lines.length >= linesMax) return [...lines, `${mark} (the rest is not shown)`]
  }
  return lines
}

function pretty(value: unknown): string | undefined {
  return value === undefined ? undefined : (JSON.stringify(value, undefined, 2) ?? '')
}
