import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostileNames } from '../../test/support/hostile-names.ts'
import { sampleWorld } from '../../test/support/dashboard-world.ts'
import { columnsOf } from '../../src/base/text.ts'
import { beginForm } from './form.ts'
import { frame } from './frame.ts'
import { asciiGlyphs } from './glyphs.ts'
import { widthOf, wrap } from './line.ts'
import { paletteOf, themeOf, themes } from './palette.ts'
import { tabs, type Mode } from './view.ts'
import type { World } from './world.ts'

const steering = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

function text(world: World): string[] {
  return frame(world).lines.map((line) => line.map((span) => span.text).join(''))
}

function expectToFit(world: World): void {
  const { lines } = frame(world)
  expect(lines).toHaveLength(world.rows)
  const wrong = lines.filter((line) => widthOf(line) !== world.columns || line.some((span) => steering.test(span.text)))
  expect(wrong).toEqual([])
}

const hostile = await sampleWorld({ hostile: true })
const calm = await sampleWorld()
const modes: Mode[] = [
  { is: 'browse' },
  { is: 'help', scroll: 3 },
  { is: 'filter', text: hostileNames.join(''), before: '' },
  { is: 'concurrency', text: '2500' },
  { is: 'confirm', question: `Drop ${hostileNames[4]}?`, command: { do: 'remove', id: 'x' }, back: { is: 'browse' } },
  { is: 'inspect', id: hostileNames[0] ?? '', scroll: 0 },
  { is: 'inspect', id: 'dead-0', scroll: 0 },
  { is: 'inspect', id: 'dead-0', scroll: 25 },
  { is: 'offer', text: '', at: 2 },
  { is: 'offer', text: hostileNames[0] ?? '', at: 0 },
  ...(hostile.data.definitions.value ?? []).map((definition): Mode => ({
    is: 'form',
    form: { ...beginForm(definition), at: 2, wrong: [{ path: 'tenant', message: hostileNames.join('') }] },
  })),
  { is: 'bulk', action: 'retry', filter: { error: hostileNames.join('') }, rate: '50' },
  { is: 'bulk', action: 'remove', filter: {}, rate: '', problem: hostileNames.join('') },
]

describe('every frame', () => {
  it('shows each table of the home screen whole: none lies upon another', () => {
    for (const [columns, rows] of [
      [80, 24],
      [120, 40],
      [150, 44],
      [250, 70],
    ] as const) {
      const { lines, places } = frame({
        ...calm,
        columns,
        rows,
        view: { ...calm.view, tab: 'home', mode: { is: 'browse' } },
      })
      const shown = lines.map((line) => line.map((span) => span.text).join(''))
      for (const { panel, row, column, columns: wide, rows: high } of places) {
        const drawn = panel.draw(wide, high).map((line) => line.map((span) => span.text).join(''))
        expect(shown.slice(row, row + high).map((text) => text.slice(column, column + wide))).toEqual(drawn)
      }
    }
  })

  it('is exactly as large as the terminal, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 250 }),
        fc.integer({ min: 8, max: 70 }),
        fc.constantFrom(...tabs),
        fc.constantFrom(...modes),
        fc.constantFrom('', 'sync', '\x1b[31m漢'),
        fc.boolean(),
        (columns, rows, tab, mode, filter, quitting) => {
          expectToFit({
            ...hostile,
            columns,
            rows,
            view: {
              ...hostile.view,
              tab,
              mode,
              filters: { [tab]: filter },
              focus: 'failures',
              quitting: quitting ? 'drain' : 'no',
            },
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('fits every width from 60 to 250 at the usual heights', () => {
    for (let columns = 60; columns <= 250; columns += 1) {
      for (const rows of [20, 24, 50]) expectToFit({ ...hostile, columns, rows })
    }
  })

  it('says that the terminal is too small, and fits even there', () => {
    for (const [columns, rows] of [
      [1, 1],
      [20, 5],
      [39, 30],
      [100, 7],
    ] as const)
      expectToFit({ ...calm, columns, rows })
    expect(text({ ...calm, columns: 60, rows: 6 })[0]).toContain('needs 40 x 8')
  })

  it('with nothing in it says so', () => {
    const { snapshot } = calm
    const world: World = {
      ...calm,
      data: { ...calm.data, dead: { about: '', value: { jobs: [], cut: [] } }, jobs: {} },
      snapshot: { ...snapshot, queues: [], definitions: [], slowest: [], failures: [] },
      columns: 200,
      rows: 50,
    }
    const shown = text(world).join('\n')
    for (const words of ['No queue yet', 'Nothing runs', 'Nothing has failed lately', 'No job has run yet'])
      expect(shown).toContain(words)
    expect(text({ ...world, view: { ...world.view, tab: 'dead' } }).join('\n')).toContain('No dead job')
    expect(text({ ...world, view: { ...world.view, tab: 'jobs' } }).join('\n')).toContain('Asking')
    const refused = { error: Object.assign(new Error('it does not list'), { code: 'FW_DRIVER_TRAIT' }) }
    const unlisted = { ...world, data: { ...world.data, jobs: refused } }
    expect(text({ ...unlisted, view: { ...world.view, tab: 'jobs' } }).join('\n')).toContain('This store cannot tell')
    expectToFit(world)
  })
})

describe('the home screen', () => {
  it('shows the numbers that matter at 60 × 20', () => {
    const shown = text({ ...calm, columns: 60, rows: 20 }).join('\n')
    for (const words of [
      'fiber-work',
      'running',
      'of 10,000',
      'failed/s',
      'p99',
      'QUEUES',
      'webhooks',
      'RECENT FAILURES',
      '? help',
      'q quit',
    ]) {
      expect(shown).toContain(words)
    }
  })

  it('shows all percentiles, from 60 columns on', () => {
    for (const [columns, rows] of [
      [60, 20],
      [80, 24],
      [200, 50],
    ] as const) {
      const shown = text({ ...calm, columns, rows })
        .slice(2, 8)
        .join('\n')
      expect(shown).toMatch(/RUN TIME p50[^]*p90 1\.\d\d s[^]*p99 1\.\d\d s[^]*max 2\.\d\d s/)
    }
  })

  it('tells what limits leave, and when the next job of a group may start', () => {
    const view = { ...calm.view, tab: 'groups' as const }
    const shown = text({ ...calm, view }).join('\n')
    expect(shown).toMatch(/tenant-8812 +812 +4 +rate, next in 1\.40 s +─{4} 0 of 8 tokens/)
    expect(shown).toMatch(/without a group +3 +1 +━━━─ 5 of 6 places/)
    expect(shown).toMatch(/the whole queue +500 at once, 50\/s +━━━─ 37 of 50 tokens/)
    expect(text({ ...calm, view, columns: 200, rows: 60 }).join('\n')).toMatch(/0 of 8 tokens +weight 2/)
  })

  it('never shows a password', () => {
    for (const [columns, rows] of [
      [80, 24],
      [250, 70],
    ] as const)
      expect(text({ ...calm, columns, rows }).join('\n')).not.toContain('hunter2')
    const { snapshot } = calm
    const world = { ...calm, snapshot: { ...snapshot, worker: { ...snapshot.worker, url: 'redis://u:hunter2@h' } } }
    expect(text(world)[0]).toContain('redis://u:***@h')
  })

  it('says why less is taken, that it drains, that nobody answers', () => {
    const { snapshot } = calm
    const fibers = { ...snapshot.fibers, allowed: 4_000, cutBy: 'loop' as const }
    expect(text({ ...calm, columns: 200, rows: 50, snapshot: { ...snapshot, fibers } }).join('\n')).toContain(
      'cut to 4,000: the event loop is late',
    )
    expect(text({ ...calm, snapshot: { ...snapshot, fibers } }).join('\n')).toContain('cut to 4,000: loop')
    const draining = text({ ...calm, view: { ...calm.view, quitting: 'drain' } })
    expect(draining[0]).toContain('draining')
    expect(draining.at(-2)).toContain('nothing new is taken')
    expect(text({ ...calm, silentMs: 4_200 })[0]).toContain('no answer for 4.20 s')
  })

  it('draws large digits where there is room, and none in ASCII', () => {
    expect(text({ ...calm, columns: 200, rows: 50 })[4]).toMatch(/[▀▄█]{3}/)
    const ascii = text({ ...calm, columns: 200, rows: 50, glyphs: asciiGlyphs }).join('\n')
    expect(ascii.replaceAll('–', '')).toMatch(/^[\x20-\x7e\n]*$/)
  })
})

describe('palette', () => {
  const colours = (variables: Record<string, string>) => {
    const palette = paletteOf(themeOf(variables))
    return frame(hostile)
      .lines.flat()
      .map((span) => palette(span) & 0x3ffff)
  }

  it('has no colour under NO_COLOR', () => {
    expect(new Set(colours({ NO_COLOR: '1' }))).toEqual(new Set([0x3ffff]))
    expect(new Set(colours({})).size).toBeGreaterThan(4)
  })

  it('has a background of its own for high contrast, and an answer for every look', () => {
    expect(colours({ FIBER_WORK_THEME: 'contrast' }).every((look) => (look & 0x1ff) !== 0x1ff)).toBe(true)
    for (const theme of themes) expect(paletteOf(theme)({ text: '', tone: 'red', on: 'blue' })).toBeGreaterThan(0)
  })

  it('knows light terminals', () => {
    expect(colours({ COLORFGBG: '0;15' })).toEqual(colours({ FIBER_WORK_THEME: 'light' }))
    expect(colours({ COLORFGBG: '15;0' })).toEqual(colours({ FIBER_WORK_THEME: 'dark' }))
  })
})

describe('wrap', () => {
  it('breaks at spaces and never exceeds the width', () => {
    expect(wrap('one two three', 8, 5, '…')).toEqual(['one two', 'three'])
    expect(wrap('abcdefghij', 4, 2, '…')).toEqual(['abcd', 'efg…'])
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 40 }), (long, columns) => {
        for (const line of wrap(long, columns, 10, '…')) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
      }),
      // A note of three code points, each a column wide, broken before its last.
      { examples: [['\u{1d158}\u{1d165}\u{1d16e} O\u0303\u0301', 2]] },
    )
  })
})
