import { age, clock, duration } from '../../model/format.ts'
import type { AttemptEntry, TimelineEntry } from '../../model/job-timeline.ts'
import { say, type Line, type Tone } from '../line.ts'
import type { World } from '../world.ts'
import { outside } from './cells.ts'
import { firstLine, stateTones } from './jobs.ts'

/** The life of a job, a line an event: when, what, how long it took, and what it died of. */
export function timelineLines(entries: TimelineEntry[], nowMs: number, { glyphs }: World): Line[] {
  return entries.flatMap((entry) => {
    const { atMs } = entry
    const ago = atMs > nowMs ? `in ${duration(atMs - nowMs)}` : `${age(nowMs - atMs)} ago`.replace('now ago', 'now')
    const when: Line = [say(` ${clock(atMs)} `, 'text'), say(ago.padStart(10), 'dim'), say('  ')]
    const indent = ' '.repeat(38)
    const [what, ...more] = told(entry)
    return [
      [...when, ...(what ?? [])],
      ...more.map((line) => [say(indent.slice(0, 36)), say(`${glyphs.rule} `, 'faint'), ...line]),
    ]
  })
}

/** The first line, and those under it. */
function told(entry: TimelineEntry): Line[] {
  switch (entry.kind) {
    case 'enqueued':
      return [[say('enqueued')]]
    case 'due':
      return [[say(entry.retry ? 'tries again' : 'due', 'dim')]]
    case 'again':
      return [[say('retried: its attempts are counted anew', 'dim')]]
    case 'unknown':
      return [[say(`${entry.attempts} earlier attempts, of which nothing is kept`, 'dim')]]
    case 'ended':
      return [
        [say(entry.state, stateTones[entry.state], { bold: true })],
        ...(entry.reason === undefined ? [] : [[outside(firstLine(entry.reason))]]),
      ]
    case 'attempt':
      return attempt(entry)
  }
}

const outcomes: Record<AttemptEntry['outcome'], [string, Tone]> = {
  running: ['runs', 'blue'],
  failed: ['failed', 'orange'],
  done: ['done', 'blue'],
  dead: ['failed for good', 'red'],
  cancelled: ['cancelled', 'orange'],
  quarantined: ['quarantined', 'red'],
}

function attempt({ attempt: number, outcome, durationMs, waitedMs, error, cancelling }: AttemptEntry): Line[] {
  const [word, tone] = outcomes[outcome]
  const line: Line = [say(`attempt ${number} `), say(word, tone, { bold: outcome !== 'failed' })]
  if (durationMs !== undefined) line.push(say(` after ${duration(durationMs)}`))
  if (waitedMs !== undefined) line.push(say(`, had waited ${duration(waitedMs)}`, 'dim'))
  if (cancelling === true) line.push(say(', told to stop', 'orange'))
  return [line, ...(error === undefined ? [] : [[outside(firstLine(error))]])]
}
