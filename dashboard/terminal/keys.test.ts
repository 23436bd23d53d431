import { describe, expect, it, test } from 'vitest'
import { sampleWorld } from '../../test/support/dashboard-world.ts'
import { frame } from './frame.ts'
import type { Outcome } from './keys/key.ts'
import { press } from './keys.ts'
import type { Command, View } from './view.ts'
import type { World } from './world.ts'

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

const tenant = { queue: 'tenants', group: 'tenant-8812' }
const deadKind = { states: ['dead', 'quarantined'], name: 'sync-tenant', ...tenant, error: 'TenantError: account' }

describe('keys', () => {
  test.each<[string, Command[]]>([
    ['space', [{ do: 'pause' }]],
    ['p', [{ do: 'pause' }]],
    ['tab space', [{ do: 'pause', queue: 'webhooks' }]],
    ['tab down p', [{ do: 'pause', queue: 'scrape' }]],
    ['2 space', [{ do: 'pause', queue: 'webhooks' }]],
    ['+', [{ do: 'concurrency', value: 11_000 }]],
    ['+ + -', [11_000, 12_000, 11_000].map((value) => ({ do: 'concurrency', value }))],
    ['<', [{ do: 'concurrency', value: 5_000 }]],
    ['< < >', [5_000, 2_500, 5_000].map((value) => ({ do: 'concurrency', value }))],
    ['2 <', [{ do: 'concurrency', value: 250, queue: 'webhooks' }]],
    ['2 c 7 enter', [{ do: 'concurrency', value: 7, queue: 'webhooks' }]],
    ['2 c enter', [{ do: 'concurrency', value: null, queue: 'webhooks' }]],
    ['c 2 5 0 0 enter', [{ do: 'concurrency', value: 2_500 }]],
    ['c 2 5 escape', []],
    ['c 0 enter', []],
    ['c 1 2 backspace 0 enter', [{ do: 'concurrency', value: 10 }]],
    ['3 r', [{ do: 'retry', id: 'dead-0' }]],
    ['3 down down r', [{ do: 'retry', id: 'dead-2' }]],
    ['3 j j k r', [{ do: 'retry', id: 'dead-1' }]],
    ['3 G r', [{ do: 'retry', id: 'dead-11' }]],
    ['3 e', [{ do: 'rerun', id: 'dead-0' }]],
    ['3 x', []],
    ['3 x enter', []],
    ['3 x n', []],
    ['3 x escape', []],
    ['3 x y', [{ do: 'remove', id: 'dead-0' }]],
    ['3 R', []],
    ['3 enter', [{ do: 'inspect', id: 'dead-0' }]],
    [
      '3 enter x y',
      [
        { do: 'inspect', id: 'dead-0' },
        { do: 'remove', id: 'dead-0' },
      ],
    ],
    [
      '3 enter escape down enter',
      [
        { do: 'inspect', id: 'dead-0' },
        { do: 'inspect', id: 'dead-1' },
      ],
    ],
    ['4 space', [{ do: 'pause', ...tenant }]],
    ['4 r', [{ do: 'preview', action: 'retry', filter: deadKind } as Command]],
    ['4 X', [{ do: 'preview', action: 'remove', filter: deadKind } as Command]],
    ['4 enter r', [{ do: 'retry', id: 'dead-0' }]],
    ['4 enter R', [{ do: 'preview', action: 'retry', filter: deadKind } as Command]],
    ['5 space', [{ do: 'pause', queue: 'webhooks', group: 'tenant-8812' }]],
    ['6 r', [{ do: 'runSchedule', id: 'nightly' }]],
    ['6 down r', [{ do: 'runSchedule', id: 'every-minute' }]],
    ['6 down space', [{ do: 'resumeSchedule', id: 'every-minute' }]],
    ['6 enter', [{ do: 'inspect', id: 'dead-1' }]],
    ['7 R y', [{ do: 'reload' }]],
    ['7 R enter', []],
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
    ['3 x C-c', [{ do: 'quit', how: 'drain' }]],
  ])('%s', (keys, commands) => expect(play(keys).commands).toEqual(commands))

  it('cancels a running job, after a yes', () => {
    const { commands } = play('tab tab x y')
    expect(commands).toEqual([{ do: 'cancel', id: base.snapshot.slowest[0]?.id }])
    expect(play('tab tab r').last.note).toContain('runs already')
  })

  it('begins a bulk action only when its count is known, at the rate that was typed', () => {
    const { view } = play('4 r')
    expect(view.mode).toMatchObject({ is: 'bulk', action: 'retry', rate: '50' })
    expect(play('enter', { ...base, view }).commands).toEqual([])
    const preview = { count: 12, exact: true, filter: {}, sample: [] }
    const known = { ...view, mode: { ...view.mode, preview } } as View
    const bulk = { do: 'bulk', action: 'retry', filter: deadKind }
    expect(play('enter', { ...base, view: known }).commands).toEqual([{ ...bulk, ratePerSecond: 50 }])
    expect(play('2 0 0 enter', { ...base, view: known }).commands).toEqual([{ ...bulk, ratePerSecond: 200 }])
    expect(play('C-u enter', { ...base, view: known }).commands).toEqual([bulk])
    expect(play('escape', { ...base, view: known }).view.mode).toEqual({ is: 'browse' })
    const none = { ...view, mode: { ...view.mode, preview: { ...preview, count: 0 } } } as View
    expect(play('enter', { ...base, view: none }).commands).toEqual([])
  })

  it('acts on many jobs only where the filter says which', () => {
    expect(play('3 R').last.note).toContain('narrow it down')
    expect(play('3 / s t a t e : d e a d enter R').commands).toEqual([
      { do: 'preview', action: 'retry', filter: { states: ['dead'] } },
    ])
  })

  it('leads from a queue and a group to their jobs', () => {
    expect(play('2 enter').view).toMatchObject({ tab: 'jobs', filters: { jobs: 'queue:webhooks' } })
    expect(play('5 enter').view.filters.jobs).toBe('queue:webhooks group:tenant-8812')
    expect(play('5 ]').view.queue).toBe('scrape')
    expect(play('5 [').view.queue).toBe('media')
  })

  it('fills in the form of a job: picks it, types, chooses, and says what is wrong', () => {
    const typed = (text: string) => [...text].join(' ')
    expect(play('n').view.mode).toEqual({ is: 'offer', text: '', at: 0 })
    expect(play(`n ${typed('scrape')} enter`).view.mode).toMatchObject({
      form: { definition: { name: 'scrape-page' } },
    })
    expect(play('n down enter').view.mode).toMatchObject({ form: { definition: { name: 'scrape-page' } } })
    // Nothing is sent that the form can see is wrong, and the first wrong line has the keys.
    const wrong = play('n enter down down down enter')
    expect(wrong.commands).toEqual([])
    expect(wrong.view.mode).toMatchObject({ form: { at: 0, wrong: [{ path: 'tenant', message: 'Needs a value.' }] } })
    const good = play(`n enter ${typed('8812')} enter ${typed('hi')} enter space enter enter`)
    expect(good.commands).toEqual([
      {
        do: 'submit',
        job: { name: 'send-webhook', queue: 'tenants', input: { tenant: 8812, note: 'hi', dry: true } },
      },
    ])
    expect(play('n enter 1 C-s').commands).toHaveLength(1)
    expect(play('n enter escape').view.mode).toMatchObject({ is: 'offer' })
    expect(play('n escape').view.mode).toEqual({ is: 'browse' })
    expect(play('n q').view.quitting).toBe('no')
    expect(play('n enter q').view.quitting).toBe('no')
  })

  it('changes the theme', () => {
    expect(play('t').view.theme).toBe('light')
    expect(play('t t t t').view.theme).toBe('dark')
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
    expect(play('2 tab').view.tab).toBe('jobs')
    expect(play('right l').view.tab).toBe('jobs')
    expect(play('2 S-tab').view.tab).toBe('home')
    expect(play('8 tab').view.tab).toBe('home')
    expect(play('left').view.tab).toBe('logs')
    expect(play('4 escape').view.tab).toBe('home')
    expect(play('4 enter escape').view.tab).toBe('dead')
    expect(play('3 enter 2').view).toMatchObject({ tab: 'queues', mode: { is: 'browse' } })
  })

  it('filters while one types, and drops the filter with escape', () => {
    expect(play('/ s y n c').view.filters.home ?? '').toBe('sync')
    expect(play('/ s y enter').view).toMatchObject({ filters: { home: 'sy' }, mode: { is: 'browse' } })
    expect(play('/ s escape').view.filters.home ?? '').toBe('')
    expect(play('/ s enter escape').view.filters.home ?? '').toBe('')
    expect(play('/ s y backspace').view.filters.home ?? '').toBe('s')
    expect(play('/ s C-u').view.filters.home ?? '').toBe('')
    expect(
      press({ name: '', text: '\x1b[31m' }, { ...base, view: play('/').view }, frame(base)).view.filters.home ?? '',
    ).toBe('[31m')
  })

  it('follows the selected row when the table changes, and keeps its place when the row goes', () => {
    const { view } = play('3 down down')
    expect(view.picked.jobs).toEqual({ key: 'dead-2', index: 2 })
    const left = (gone: string): World => {
      const jobs = base.data.jobs.value!.jobs.filter(({ id }) => id !== gone)
      return { ...base, view, data: { ...base.data, jobs: { about: '', value: { jobs, cursor: null } } } }
    }
    expect(play('r', left('dead-0')).commands).toEqual([{ do: 'retry', id: 'dead-2' }])
    expect(play('r', left('dead-2')).commands).toEqual([{ do: 'retry', id: 'dead-3' }])
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
