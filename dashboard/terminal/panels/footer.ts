import { count, plural } from '../../model/format.ts'
import { attention } from '../../model/health.ts'
import { fitLine, onBackground, say, spread, type Line } from '../line.ts'
import { activePanel, type World } from '../view.ts'

/** What is asked or said now; else what needs somebody; else nothing. */
export function noteLine(world: World): Line {
  const { view, note, glyphs, columns, captured } = world
  const { mode } = view
  if (mode.is === 'filter')
    return prompt('/', mode.text, 'shows only what contains these words; enter keeps it, esc drops it', world)
  if (mode.is === 'concurrency')
    return prompt(
      'concurrency: ',
      mode.text,
      `now ${count(world.snapshot.fibers.concurrency)}; enter sets it, esc leaves it`,
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
  if (note !== undefined) return fitLine([say(` ${note.text}`, note.tone)], columns, glyphs.mark)
  if (view.quitting !== 'no') return fitLine(drainLine(world), columns, glyphs.mark)
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

/** The keys that do something here and now, the most useful first. */
export function footer(world: World): Line {
  const { columns, glyphs } = world
  const line: Line = [say(' ')]
  let left = columns - 1
  for (const [key, meaning] of keysHere(world)) {
    const width = key.length + meaning.length + 4
    if (width > left) continue
    line.push(say(key, 'strong', { bold: true }), say(` ${meaning}   `, 'dim'))
    left -= width
  }
  return fitLine(line, columns, glyphs.mark)
}

function keysHere({ view, snapshot }: World): [string, string][] {
  const { mode } = view
  const quit: [string, string] = view.quitting === 'no' ? ['q', 'quit'] : ['q', 'stop now']
  if (mode.is === 'help') return [['esc', 'back'], ['arrows', 'scroll'], quit]
  if (mode.is === 'inspect')
    return [['esc', 'back'], ['arrows', 'scroll'], ['r', 'retry'], ['x', 'drop or cancel'], quit]
  if (mode.is === 'confirm')
    return [
      ['y', 'yes'],
      ['n', 'no'],
    ]
  if (mode.is !== 'browse')
    return [
      ['enter', 'accept'],
      ['esc', 'leave'],
    ]
  const panel = activePanel(view)
  const paused = panel === 'queues' ? 'pause/resume queue' : snapshot.worker.state === 'paused' ? 'resume' : 'pause'
  const keys: [string, string][] = [['?', 'help'], quit, ['space', paused]]
  if (panel === 'dead' || panel === 'failures') keys.push(['r', 'retry'], ['x', 'drop'])
  if (panel === 'running') keys.push(['x', 'cancel'])
  if (panel !== undefined && panel !== 'queues' && panel !== 'definitions') keys.push(['enter', 'inspect'])
  keys.push(['tab', view.tab === 'home' ? 'table' : 'next'], ['/', 'filter'], ['+/-', 'concurrency'])
  keys.push(['1-5', 'tabs'])
  if (panel !== undefined) keys.push(['s', 'sort'])
  return keys
}
