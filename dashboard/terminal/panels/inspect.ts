import type { JobRecord, JobState } from '../../../src/contract/job.ts'
import { redactUrls } from '../../../src/base/text.ts'
import { age, clock, duration } from '../../model/format.ts'
import { fitLine, say, wrap, type Line, type Tone } from '../line.ts'
import type { World } from '../view.ts'

const stateTones: Record<JobState, Tone> = {
  blocked: 'dim',
  ready: 'text',
  delayed: 'text',
  running: 'blue',
  done: 'blue',
  dead: 'red',
  cancelled: 'orange',
  quarantined: 'red',
}

const labelColumns = 12
const linesMax = 400

/** Everything about one job, from top to bottom; longer than the screen if need be. */
export function inspectLines(world: World): Line[] {
  const { mode } = world.view
  if (mode.is !== 'inspect') return []
  const { job: record, answered } = mode
  const title: Line = [say(' JOB ', 'strong', { bold: true }), say(mode.id, 'blue')]
  if (record === undefined) {
    const text = answered
      ? 'The store does not know this job: it was done and not kept, or it was removed.'
      : 'asking the store'
    return [title, [], [say(` ${text}`, answered ? 'orange' : 'dim')]].map((line) =>
      fitLine(line, world.columns, world.glyphs.mark),
    )
  }
  const lines = [title, [], ...facts(record, world), ...times(record, world), ...texts(record, world)]
  return lines.map((line) => fitLine(line, world.columns, world.glyphs.mark))
}

function field(label: string, ...value: Line): Line {
  return [say(` ${label.padEnd(labelColumns)}`, 'dim'), ...value]
}

function facts({ job, state, attempts, crashes, cancelling, session }: JobRecord, { glyphs }: World): Line[] {
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
    field('attempts', say(String(attempts)), say(crashes > 0 ? `  ${crashes} crashes` : '', 'orange')),
  ]
  if (job.group !== undefined) lines.push(field('group', say(job.group)))
  if (job.unique !== undefined) lines.push(field('unique key', say(job.unique.key), say(`  ${job.unique.mode}`, 'dim')))
  if (job.tags !== undefined && job.tags.length > 0) lines.push(field('tags', say(job.tags.join('  '))))
  if (session !== undefined) lines.push(field('runs at', say(session)))
  return lines
}

function times(record: JobRecord, { snapshot }: World): Line[] {
  const { enqueuedAtMs, dueAtMs, startedAtMs, settledAtMs } = record
  const now = snapshot.atMs
  const at = (label: string, ms: number, more: string) => field(label, say(clock(ms)), say(`  ${more}`, 'dim'))
  const since = (ms: number) => (ms > now ? `in ${duration(ms - now)}` : `${age(now - ms)} ago`)
  const lines = [[], at('enqueued', enqueuedAtMs, since(enqueuedAtMs))]
  if (dueAtMs !== undefined) lines.push(at('due', dueAtMs, since(dueAtMs)))
  if (startedAtMs !== undefined)
    lines.push(
      at('started', startedAtMs, `${since(startedAtMs)}, ${duration(startedAtMs - enqueuedAtMs)} after the enqueue`),
    )
  if (settledAtMs !== undefined) {
    const ran = startedAtMs === undefined ? '' : `, ran ${duration(settledAtMs - startedAtMs)}`
    lines.push(at('settled', settledAtMs, `${since(settledAtMs)}${ran}`))
  }
  return lines
}

function texts({ job, error, progress, result }: JobRecord, world: World): Line[] {
  const lines: Line[] = []
  const block = (title: string, text: string | undefined, tone: Tone, json: boolean) => {
    if (text === undefined || text === '') return
    lines.push(
      [],
      [say(` ${title}`, 'dim')],
      ...paragraphs(text, world.columns - 2, world.glyphs.mark, json).map((line) => [say(` ${line}`, tone)]),
    )
  }
  block('error', error === undefined ? undefined : redactUrls(error), 'red', false)
  block('progress', progress, 'text', true)
  block('input', job.body, 'text', true)
  block('result', result, 'text', true)
  const headers = Object.entries(job.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  block('headers', headers.join('\n'), 'text', false)
  return lines
}

function paragraphs(text: string, columns: number, mark: string, json: boolean): string[] {
  const lines: string[] = []
  for (const line of (json ? pretty(text) : text).split('\n')) {
    // `wrap` cleans and trims: the indent is kept apart.
    const indent = /^ */.exec(line)?.[0].slice(0, 40) ?? ''
    for (const piece of wrap(line.trim(), Math.max(columns - indent.length, 10), 40, mark)) lines.push(indent + piece)
    if (lines.length >= linesMax) return [...lines, `${mark} (the rest is not shown)`]
  }
  return lines
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}
