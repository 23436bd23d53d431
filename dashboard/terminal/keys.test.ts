import { describe, expect, it, test } from 'vitest'
import { sampleWorld } from '../../test/support/dashboard-world.ts'
import { frame } from './frame.ts'
import { press, type Outcome } from './keys.ts'
import type { Command, View, World } from './view.ts'

const base = await sampleWorld()

/** Presses keys one after the other (a word is a named key, `'text` types), and tells the commands. */
function play(keys: string, world: World = base): { view: View; commands: Command[]; last: Outcome } {
  const commands: Command[] = []
  let now = world
  let last: Outcome = { view: world.view }
  for (const name of keys.split(' ')) {
    const text = name === 'space' ? ' ' : [...name].length === 1 ? name : ''
    last = press({ name, text }, now, frame(now))
    now = { ...now, view: last.view }
    if (last.command !== undefined) commands.push(last.command)
  }
  return { view: now.view, commands, last }
}

describe('keys', () => {
  test.each<[string, Command[]]>([
    ['space', [{ do: 'pause' }]],
    ['p', [{ do: 'pause' }]],
    ['tab space', [{ do: 'pause', queue: 'webhooks' }]],
    ['tab down p', [{ do: 'pause', queue: 'scrape' }]],
    ['2 space', [{ do: 'pause', queue: 'webhooks' }]],
    ['+', [{ do: 'concurrency', value: 11_000 }]],
    ['+ + -', [11_000, 12_000, 11_000].map((value) => ({ do: 'concurrency', value }))],
    ['c 2 5 0 0 enter', [{ do: 'concurrency', value: 2_500 }]],
    ['c 2 5 escape', []],
    ['c 0 enter', []],
    ['c 1 2 backspace 0 enter', [{ do: 'concurrency', value: 10 }]],
    ['4 r', [{ do: 'retry', id: 'dead-0' }]],
    ['4 down down r', [{ do: 'retry', id: 'dead-2' }]],
    ['4 G r', [{ do: 'retry', id: 'dead-11' }]],
    ['4 x', []],
    ['4 x enter', []],
    ['4 x n', []],
    ['4 x escape', []],
    ['4 x y', [{ do: 'remove', id: 'dead-0' }]],
    ['4 enter', [{ do: 'inspect', id: 'dead-0' }]],
    [
      '4 enter escape down enter',
      [
        { do: 'inspect', id: 'dead-0' },
        { do: 'inspect', id: 'dead-1' },
      ],
    ],
    ['r', []],
    ['x', []],
    ['q', [{ do: 'quit', how: 'drain' }]],
    [
      'q q',
      [
        { do: 'quit', how: 'drain' },
        { do: 'quit', how: 'now' },
      ],
    ],
    ['? q', [{ do: 'quit', how: 'drain' }]],
    [
      'C-c C-c',
      [
        { do: 'quit', how: 'drain' },
        { do: 'quit', how: 'now' },
      ],
    ],
    ['/ q escape', []],
    ['4 x C-c', [{ do: 'quit', how: 'drain' }]],
  ])('%s', (keys, commands) => expect(play(keys).commands).toEqual(commands))

  it('cancels a running job, after a yes', () => {
    const { commands } = play('3 x y')
    expect(commands).toEqual([{ do: 'cancel', id: base.snapshot.slowest[0]?.id }])
    expect(play('3 r').last.note).toContain('runs already')
  })

  it('resumes what is paused', () => {
    const { snapshot } = base
    const paused = { ...base, snapshot: { ...snapshot, worker: { ...snapshot.worker, state: 'paused' as const } } }
    expect(play('space', paused).commands).toEqual([{ do: 'resume' }])
    const queues = snapshot.queues.map((row) => ({ ...row, paused: true }))
    expect(play('tab space', { ...base, snapshot: { ...snapshot, queues } }).commands).toEqual([
      { do: 'resume', queue: 'webhooks' },
    ])
  })

  it('walks through the tables and back to none', () => {
    expect(play('tab').view.focus).toBe('queues')
    expect(play('tab tab').view.focus).toBe('running')
    expect(play('tab tab tab tab tab').view.focus).toBeUndefined()
    expect(play('S-tab').view.focus).toBe('definitions')
    expect(play('down').view.focus).toBe('queues')
    expect(play('tab escape').view.focus).toBeUndefined()
  })

  it('walks through the tabs', () => {
    expect(play('2 tab').view.tab).toBe('running')
    expect(play('2 S-tab').view.tab).toBe('home')
    expect(play('5 tab').view.tab).toBe('home')
    expect(play('4 escape').view.tab).toBe('home')
    expect(play('4 enter 2').view).toMatchObject({ tab: 'queues', mode: { is: 'browse' } })
  })

  it('filters while one types, and drops the filter with escape', () => {
    expect(play('/ s y n c').view.filter).toBe('sync')
    expect(play('/ s y enter').view).toMatchObject({ filter: 'sy', mode: { is: 'browse' } })
    expect(play('/ s escape').view.filter).toBe('')
    expect(play('/ s enter escape').view.filter).toBe('')
    expect(play('/ s y backspace').view.filter).toBe('s')
    expect(play('/ s C-u').view.filter).toBe('')
    expect(press({ name: '', text: '\x1b[31m' }, { ...base, view: play('/').view }, frame(base)).view.filter).toBe(
      '[31m',
    )
  })

  it('follows the selected row when the table changes, and keeps its place when the row goes', () => {
    const { view } = play('4 down down')
    expect(view.picked.dead).toEqual({ key: 'dead-2', index: 2 })
    const without = { ...base, view, dead: (base.dead ?? []).filter(({ job }) => job.id !== 'dead-0') }
    expect(play('r', without).commands).toEqual([{ do: 'retry', id: 'dead-2' }])
    const gone = { ...base, view, dead: (base.dead ?? []).filter(({ job }) => job.id !== 'dead-2') }
    expect(play('r', gone).commands).toEqual([{ do: 'retry', id: 'dead-3' }])
  })

  it('sorts by the next column, and says by which', () => {
    const { view, last } = play('2 s s')
    expect(view.order.queues).toBe(2)
    expect(last.note).toBe('sorted by ready')
  })

  it('scrolls help and a job no further than they go', () => {
    const scroll = (keys: string) => play(keys).view.mode
    expect(scroll('? down')).toMatchObject({ scroll: 1 })
    expect(scroll('? up')).toMatchObject({ scroll: 0 })
    const end = frame({ ...base, view: play('?').view }).scrollMax
    expect(scroll('? end down')).toMatchObject({ scroll: end })
    expect(scroll('? end up')).toMatchObject({ scroll: end - 1 })
  })
})
