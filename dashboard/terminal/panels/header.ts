import type { WorkerState } from '../../../src/contract/dashboard.ts'
import { redactUrl } from '../../../src/base/text.ts'
import { count, duration } from '../../model/format.ts'
import { deadCount } from '../../model/health.ts'
import { fitLine, onBackground, say, spread, widthOf, type Line, type Span } from '../line.ts'
import { tabs, type World } from '../view.ts'

const stateLook: Record<WorkerState, Span['on']> = {
  starting: 'blue',
  running: 'blue',
  paused: 'orange',
  draining: 'orange',
  stopped: 'red',
}

const silentTooLongMs = 2_000

/** Who it is, how it is, where its jobs are, since when. */
export function header({ snapshot, view, silentMs, glyphs, columns }: World): Line {
  const { worker } = snapshot
  const state = view.quitting !== 'no' && worker.state !== 'stopped' ? 'draining' : worker.state
  const pill =
    silentMs > silentTooLongMs
      ? say(` no answer for ${duration(silentMs)} `, 'strong', { on: 'red', bold: true })
      : say(` ${state} `, 'strong', { on: stateLook[state] ?? 'blue', bold: true })
  const left = [
    say(` ${glyphs.product} `, 'blue'),
    say('fiber-work', 'strong', { bold: true }),
    say(` ${worker.version}  `, 'dim'),
    pill,
  ]
  const up = [say('   up ', 'dim'), say(`${duration(snapshot.atMs - worker.startedAtMs)} `)]
  const room = columns - widthOf(left) - widthOf(up) - 4
  const store = storeLine(redactUrl(worker.url), worker.durable, glyphs.dot, room)
  return spread(
    left,
    [...fitLine(store, Math.min(widthOf(store), Math.max(room, 0)), glyphs.mark), ...up],
    columns,
    glyphs.mark,
  )
}

function storeLine(url: string, durable: string, dot: string, room: number): Line {
  if (room < 12) return []
  const how = durable === '' ? '' : ` ${dot} durable: ${durable}`
  const withHow = [say(url), say(how, 'dim')]
  return widthOf(withHow) <= room ? withHow : [say(url)]
}

/** The tabs with their keys; on the right, who this worker is. */
export function tabBar(world: World): Line {
  const { snapshot, view, glyphs, columns } = world
  const dead = deadCount(snapshot)
  const line: Line = [say(' ')]
  for (const [index, tab] of tabs.entries()) {
    const active = tab === view.tab
    const name = `${tab.slice(0, 1).toUpperCase()}${tab.slice(1)}`
    const part: Line = [say(` ${index + 1} ${name} `, active ? 'strong' : 'dim', { bold: active })]
    if (tab === 'dead' && dead > 0) part.push(say(`${count(dead)} `, 'red', { bold: true }))
    line.push(...(active ? onBackground(part, 'selection') : part))
  }
  const filter = view.filter === '' ? [] : [say(' / ', 'strong', { on: 'blue' }), say(` ${view.filter}  `, 'blue')]
  const full = [...filter, say(`${snapshot.worker.session} `, 'faint')]
  return spread(line, widthOf(line) + widthOf(full) + 2 <= columns ? full : filter, columns, glyphs.mark)
}
