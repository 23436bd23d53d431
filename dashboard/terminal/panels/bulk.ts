import { filterText } from '../../model/filter-text.ts'
import { count, duration, plural } from '../../model/format.ts'
import { fitLine, onBackground, say, type Line } from '../line.ts'
import type { BulkAction, Mode } from '../view.ts'
import type { World } from '../world.ts'
import { bar } from './cells.ts'

const verbs: Record<BulkAction, [now: string, going: string]> = {
  retry: ['Retry', 'retrying'],
  cancel: ['Cancel', 'cancelling'],
  remove: ['Drop', 'dropping'],
}

/** Before it begins: how many it would be, which, and how fast. */
export function bulkLine(mode: Mode & { is: 'bulk' }, { columns, glyphs }: World): Line {
  const { action, filter, preview, problem, rate } = mode
  const [verb] = verbs[action]
  if (problem !== undefined) return fitLine([say(` ${problem}`, 'red'), say('  esc', 'strong')], columns, glyphs.mark)
  if (preview === undefined) return fitLine([say(` ${verb} how many? Counting …`, 'dim')], columns, glyphs.mark)
  const many = `${preview.exact ? '' : 'at least '}${plural(preview.count, 'job')}`
  const line = [
    say(` ${verb} ${many} `, 'strong', { bold: true }),
    say(`at ${rate === '' ? 'any' : rate}`, 'strong', { bold: true }),
    say('_', 'strong', { bold: true }),
    say(' a second '),
    say(' enter ', 'strong', { bold: true }),
    say('begins  '),
    say(' esc ', 'strong', { bold: true }),
    say(`leaves it   ${filterText(filter)}`),
  ]
  return onBackground(fitLine(line, columns, glyphs.mark), 'orange')
}

/** While it goes on: a bar, how many, how long yet; and for a while after, what came of it. */
export function taskLine({ data, view, columns, glyphs, snapshot }: World): Line | undefined {
  const { value: task, about } = data.task
  if (view.task === undefined || about !== view.task || task === undefined) return undefined
  const { acted, expected = 0, state, ratePerSecond } = task
  const [, going] = verbs[task.action]
  const outcomes = Object.entries(task.outcomes).map(([outcome, jobs]) => `${count(jobs)} ${outcome}`)
  if (state !== 'running') {
    const endedMs = task.endedAt === undefined ? 0 : snapshot.atMs - Date.parse(task.endedAt)
    if (endedMs > taskShownMs) return undefined
    const why = task.error === undefined ? '' : `: ${task.error.detail}`
    const tone = state === 'done' ? 'blue' : 'orange'
    return fitLine(
      [say(` ${going} ${state}${why}`, tone, { bold: true }), say(`  ${outcomes.join(', ')}`)],
      columns,
      glyphs.mark,
    )
  }
  const all = Math.max(expected, acted, 1)
  const width = Math.max(Math.min(30, columns - 60), 8)
  const left = ratePerSecond === undefined ? '' : `, ${duration(((all - acted) / ratePerSecond) * 1_000)} to go`
  return fitLine(
    [
      say(` ${going} `, 'blue', { bold: true }),
      ...bar(acted / all, width, glyphs, 'blue'),
      say(
        ` ${count(acted)} of ${count(all)}${ratePerSecond === undefined ? '' : ` at ${count(ratePerSecond)}/s`}${left}`,
      ),
      say('   X', 'strong', { bold: true }),
      say(' stops it', 'dim'),
    ],
    columns,
    glyphs.mark,
  )
}

const taskShownMs = 10_000
