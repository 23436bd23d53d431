import type { WorkerState } from '../../../src/contract/dashboard.ts'
import { redactUrl } from '../../../src/base/text.ts'
import { count, duration } from '../../model/format.ts'
import { deadCount } from '../../model/health.ts'
import { fitLine, onBackground, say, spread, widthOf, type Line, type Span } from '../line.ts'
import { filterOf, tabs, type Tab } from '../view.ts'
import type { World } from '../world.ts'

const stateLook: Record<WorkerState, Span['on']> = {
  starting: 'blue',
  running: 'blue',
  paused: 'orange',
  draining: 'orange',
  stopped: 'red',
}

const silentTooLongMs = 2_000

/** Who it is, how it is, where its jobs are, since when. */
export function header(world: World): Line {
  const { snapshot, processes, glyphs, columns } = world
  const { worker } = snapshot
  const left = [
    say(` ${glyphs.product} `, 'blue'),
    say('fiber-work', 'strong', { bold: true }),
    say(` ${worker.version}  `, 'dim'),
    pill(world),
  ]
  const up =
    processes.length === 0 ? [] : [say('   up ', 'dim'), say(`${duration(snapshot.atMs - worker.startedAtMs)} `)]
  const room = columns - widthOf(left) - widthOf(up) - 4
  const store = storeLine(redactUrl(worker.url), worker.durable, glyphs.dot, room)
  return spread(
    left,
    [...fitLine(store, Math.min(widthOf(store), Math.max(room, 0)), glyphs.mark), ...up],
    columns,
    glyphs.mark,
  )
}

function pill({ snapshot, view, silentMs, lost, processes, missing }: World): Span {
  const strong = { bold: true } as const
  if (silentMs > silentTooLongMs) {
    const what = lost === undefined ? 'no answer' : 'no connection'
    return say(` ${what} for ${duration(silentMs)} `, 'strong', { ...strong, on: 'red' })
  }
  if (missing.length > 0) return say(' a worker does not answer ', 'strong', { ...strong, on: 'red' })
  if (processes.length === 0) return say(' no worker here ', 'strong', { ...strong, on: 'orange' })
  const { state } = snapshot.worker
  const shown = view.quitting !== 'no' && state !== 'stopped' ? 'draining' : state
  return say(` ${shown} `, 'strong', { ...strong, on: stateLook[shown] ?? 'blue' })
}

function storeLine(url: string, durable: string, dot: string, room: number): Line {
  if (room < 12) return []
  const how = durable === '' ? '' : ` ${dot} durable: ${durable}`
  const withHow = [say(url), say(how, 'dim')]
  return widthOf(withHow) <= room ? withHow : [say(url)]
}

/** Where each tab stands in its bar, narrow enough for the screen. */
export function tabPlaces({
  snapshot,
  columns,
}: Pick<World, 'snapshot' | 'columns'>): { tab: Tab; text: string; dead: string; from: number; to: number }[] {
  const dead = deadCount(snapshot)
  const deadText = dead > 0 ? `${count(dead)} ` : ''
  const names = tabs.map((tab) => `${tab.slice(0, 1).toUpperCase()}${tab.slice(1)}`)
  const places = (shorten: (name: string) => string, space: string) => {
    let from = 1
    return tabs.map((tab, index) => {
      const text = `${space}${index + 1} ${shorten(names[index] ?? '')} `
      const own = tab === 'dead' ? deadText : ''
      const place = { tab, text, dead: own, from, to: from + text.length + own.length }
      from = place.to
      return place
    })
  }
  const choices = [
    places((name) => name, ' '),
    places((name) => name, ''),
    places((name) => name.slice(0, 5), ''),
    places(() => '', ''),
  ]
  return choices.find((one) => (one.at(-1)?.to ?? 0) < columns) ?? choices.at(-1)!
}

/** The tabs with their keys; on the right, the filter and who this worker is. */
export function tabBar(world: World): Line {
  const { snapshot, view, glyphs, columns } = world
  const line: Line = [say(' ')]
  for (const { tab, text, dead } of tabPlaces(world)) {
    const active = tab === view.tab
    const part: Line = [say(text, active ? 'strong' : 'dim', { bold: active })]
    if (dead !== '') part.push(say(dead, 'red', { bold: true }))
    line.push(...(active ? onBackground(part, 'selection') : part))
  }
  const filter = filterOf(view)
  const shown = filter === '' ? [] : [say(' / ', 'strong', { on: 'blue' }), say(` ${filter}  `, 'blue')]
  const full = [...shown, say(`${snapshot.worker.session} `, 'faint')]
  return spread(line, widthOf(line) + widthOf(full) + 2 <= columns ? full : shown, columns, glyphs.mark)
}
