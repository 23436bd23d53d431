import { fitLine, say, type Line } from '../line.ts'
import { activePanel } from '../view.ts'
import type { World } from '../world.ts'

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

type Hint = [key: string, meaning: string]

function keysHere(world: World): Hint[] {
  const { view, owns } = world
  const quit: Hint = ['q', view.quitting === 'no' || !owns ? 'quit' : 'stop now']
  switch (view.mode.is) {
    case 'help':
      return [['esc', 'back'], ['arrows', 'scroll'], quit]
    case 'inspect':
      return [
        ['esc', 'back'],
        ['arrows', 'scroll'],
        ...mayAct(world, [
          ['r', 'retry'],
          ['e', 'run again'],
          ['x', 'drop or cancel'],
        ]),
        quit,
      ]
    case 'offer':
      return [
        ['enter', 'fill in'],
        ['arrows', 'pick'],
        ['letters', 'find'],
        ['esc', 'back'],
      ]
    case 'form':
      return [
        ['enter', 'next, and enqueue at the end'],
        ['ctrl-s', 'enqueue'],
        ['arrows', 'move'],
        ['esc', 'back'],
      ]
    case 'confirm':
      return [
        ['y', 'yes'],
        ['n', 'no'],
      ]
    case 'bulk':
      return [
        ['enter', 'begin'],
        ['0-9', 'jobs a second'],
        ['esc', 'leave'],
      ]
    case 'filter':
    case 'concurrency':
      return [
        ['enter', 'accept'],
        ['esc', 'leave'],
      ]
    case 'browse':
      return [['?', 'help'], quit, ...mayAct(world, acts(world)), ...ways(world)]
  }
}

/** A reader is offered nothing that would be refused. */
function mayAct({ data }: World, hints: Hint[]): Hint[] {
  const role = data.me.value?.role
  return role === 'read' || role === 'enqueue' ? [] : hints
}

function acts({ view, snapshot }: World): Hint[] {
  switch (activePanel(view)) {
    case 'queues':
      return [
        ['space', 'pause/resume queue'],
        ['< >', 'halve, double'],
        ['c', 'concurrency'],
      ]
    case 'running':
      return [['x', 'cancel']]
    case 'kinds':
      return [
        ['r', 'retry all of it'],
        ['space', 'pause its group'],
        ['X', 'drop all of it'],
      ]
    case 'dead':
    case 'failures':
      return [
        ['r', 'retry'],
        ['x', 'drop'],
        ['e', 'run again'],
      ]
    case 'jobs':
      return [
        ['r', 'retry'],
        ['x', 'cancel'],
        ['e', 'run again'],
        ['n', 'new'],
        ['R', 'retry all'],
      ]
    case 'groups':
      return [
        ['space', 'pause/resume group'],
        ['[ ]', 'queue'],
      ]
    case 'schedules':
      return [
        ['r', 'run now'],
        ['space', 'pause/resume'],
      ]
    case 'processes':
      return [
        ['R', 'reload'],
        ['space', snapshot.worker.state === 'paused' ? 'resume all' : 'pause all'],
        ['+/-', 'concurrency'],
      ]
    case 'logs':
      return []
    default:
      return [
        ['space', snapshot.worker.state === 'paused' ? 'resume' : 'pause'],
        ['+/-', 'concurrency'],
      ]
  }
}

function ways({ view }: World): Hint[] {
  const panel = activePanel(view)
  const enter: Hint[] =
    panel === undefined || panel === 'definitions' || panel === 'processes' ? [] : [['enter', 'open']]
  const sort: Hint[] = panel === undefined ? [] : [['s', 'sort']]
  const back: Hint[] = panel === 'dead' ? [['esc', 'kinds']] : []
  return [...back, ...enter, ['/', 'filter'], ['tab', view.tab === 'home' ? 'table' : 'next'], ['1-8', 'tabs'], ...sort]
}
