import { age, clock, plural } from '../../model/format.ts'
import type { FailureGroup } from '../../model/failure-groups.ts'
import { say, wrap, type Line } from '../line.ts'
import type { World } from '../world.ts'
import { outside } from './cells.ts'

const labelColumns = 10
const groupsMax = 8

/** The selected kind of failure as a whole: its error uncut, whom it is about, since when. */
export function kindLines(kind: FailureGroup, { snapshot, glyphs }: World, columns: number): Line[] {
  const field = (label: string, text: string, linesMax: number): Line[] =>
    wrap(text, Math.max(columns - labelColumns, 10), linesMax, glyphs.mark).map((part, index) => [
      say((index === 0 ? label : '').padEnd(labelColumns), 'dim'),
      outside(part),
    ])
  const shares = kind.groups.slice(0, groupsMax).map(({ value, jobs }) => `${value} ${jobs}`)
  const more = kind.groups.length > groupsMax ? `, and ${kind.groups.length - groupsMax} more` : ''
  const ago = (at: string) => `${age(snapshot.atMs - Date.parse(at))} ago`.replace('now ago', 'now')
  const names = kind.names.map(({ value }) => value).join(', ')
  return [
    [],
    ...field('error', kind.message, 4),
    ...field('jobs', `${names} in ${kind.queues.map(({ value }) => value).join(', ')}`, 2),
    ...(shares.length === 0 ? [] : field('groups', shares.join(', ') + more, 3)),
    ...field('from', `${clock(Date.parse(kind.oldestAt))}, ${ago(kind.oldestAt)}, to ${ago(kind.newestAt)}`, 1),
    ...field('newest', `${kind.newestId}, of ${plural(kind.jobs, 'job')} that were looked at`, 1),
  ]
}
