import { count, plural } from '../../model/format.ts'
import { attention } from '../../model/health.ts'
import { fitLine, onBackground, say, spread, type Line } from '../line.ts'
import type { World } from '../world.ts'
import { bulkLine, taskLine } from './bulk.ts'

/** What is asked or said now; else what needs somebody; else nothing. */
export function noteLine(world: World): Line {
  const { view, note, glyphs, columns, captured, missing, lost, silentMs } = world
  const { mode } = view
  if (mode.is === 'filter') return prompt('/', mode.text, filterHint(world), world)
  if (mode.is === 'concurrency')
    return prompt(
      `concurrency${mode.queue === undefined ? '' : ` of ${mode.queue}`}: `,
      mode.text,
      concurrencyHint(world),
      world,
    )
  if (mode.is === 'confirm') {
    const line = [
      say(` ${mode.question} `, 'strong', { bold: true }),
      say(' y ', 'strong', { bold: true }),
      say('yes   '),
      say(' n ', 'strong', { bold: true }),
      say('no'),
    ]
    return onBackground(fitLine(line, columns, glyphs.mark), 'orange')
  }
  if (mode.is === 'bulk') return bulkLine(mode, world)
  if (note !== undefined) return fitLine([say(` ${note.text}`, note.tone)], columns, glyphs.mark)
  const task = taskLine(world)
  if (task !== undefined) return task
  if (view.quitting !== 'no' && world.owns) return fitLine(drainLine(world), columns, glyphs.mark)
  if (lost !== undefined && silentMs > 0)
    return fitLine([say(` ${lost} It is asked again and again.`, 'red')], columns, glyphs.mark)
  if (missing.length > 0) return fitLine([say(` ${glyphs.warning} ${missing.join('; ')}`, 'red')], columns, glyphs.mark)
  const found = attention(world.snapshot)
  const first = found[0]
  const right = captured > 0 ? [say(`${plural(captured, 'line')} of output held back until you quit `, 'faint')] : []
  if (first === undefined) return spread([], right, columns, glyphs.mark)
  const tone = first.level === 'human' ? 'red' : 'orange'
  const line: Line = [say(` ${glyphs.warning} `, tone), say(first.text, tone)]
  for (const more of found.slice(1, 3))
    line.push(say(`   ${glyphs.dot} ${more.text}`, more.level === 'human' ? 'red' : 'orange'))
  return spread(line, right, columns, glyphs.mark)
}

function filterHint({ view }: World): string {
  if (view.tab === 'jobs' || view.tab === 'dead')
    return 'queue: name: group: state: tag: id: older: from: to:, or words of an error'
  return 'shows only what contains these words; enter keeps it, esc drops it'
}

function concurrencyHint({ view: { mode }, snapshot }: World): string {
  if (mode.is === 'concurrency' && mode.queue !== undefined)
    return 'over all workers; nothing: no bound; enter sets it, esc leaves it'
  return `now ${count(snapshot.fibers.concurrency)}; enter sets it, esc leaves it`
}

function drainLine({ view, snapshot }: World): Line {
  const left = plural(snapshot.fibers.running + snapshot.fibers.waiting, 'fiber')
  if (view.quitting === 'now')
    return [say(` stopping now: ${left} go back to their queues, no attempt is burned`, 'orange')]
  return [
    say(' draining: ', 'orange', { bold: true }),
    say(`${left} to finish, nothing new is taken.`, 'orange'),
    say('  q again stops now', 'strong'),
    say(' (what is unfinished goes back, no attempt is burned)', 'dim'),
  ]
}

function prompt(label: string, text: string, hint: string, { columns, glyphs }: World): Line {
  const line = [say(` ${label}`, 'blue', { bold: true }), say(text, 'strong'), say(' ', 'strong', { on: 'blue' })]
  return spread(line, [say(`${hint} `, 'dim')], columns, glyphs.mark)
}
