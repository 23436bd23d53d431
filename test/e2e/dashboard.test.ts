import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, test } from 'vitest'
import { columnsOf } from '../../src/base/text.ts'
import { Terminal, tmuxMissing } from '../support/tmux.ts'

const program = fileURLToPath(new URL('../support/dashboard-main.ts', import.meta.url))
const missing = tmuxMissing()
if (missing !== undefined) console.warn(`test/e2e/dashboard.test.ts is skipped: ${missing}`)

interface Start {
  options?: object
  variables?: string
}

async function dashboard(
  columns: number,
  rows: number,
  { options = {}, variables = '' }: Start = {},
): Promise<Terminal> {
  const terminal = new Terminal(columns, rows)
  await terminal.shows('ready>')
  terminal.run(
    `stty -a | tail -n +2 > ${terminal.folder}/before; clear; ${variables} '${process.execPath}' '${program}' '${terminal.logFile}' '${JSON.stringify(options)}'; echo exit=$?`,
  )
  return terminal
}

/** Of the dashboard's own process. */
async function pidOf(terminal: Terminal): Promise<number> {
  const find = () => /^pid (\d+)$/m.exec(terminal.log().join('\n'))?.[1]
  await terminal.until(() => find() !== undefined, 'logs its pid')
  return Number(find())
}

/** The terminal is as it was: normal screen, a cursor, the same line discipline, and a shell that answers. */
async function expectClean(terminal: Terminal): Promise<void> {
  await terminal.shows(/exit=\d+/)
  expect(terminal.flag('alternate_on')).toBe('0')
  expect(terminal.flag('cursor_flag')).toBe('1')
  expect(terminal.flag('keypad_cursor_flag')).toBe('0')
  expect(terminal.flag('mouse_any_flag')).toBe('0')
  terminal.run(`stty -a | tail -n +2 | diff - ${terminal.folder}/before && echo same''discipline`)
  await terminal.shows('samediscipline')
}

describe.skipIf(missing !== undefined)('the dashboard in a real terminal', () => {
  test.each([
    [60, 20],
    [80, 24],
    [200, 50],
  ])('fills %d × %d with hostile names and leaves nothing out of place', async (columns, rows) => {
    using terminal = await dashboard(columns, rows, { options: { hostile: true } })
    await terminal.shows(/4,\d{3} \/s|[▀▄█]{3}/)
    // A frame may be caught while it is drawn; its last line comes last.
    const linesNow = () => terminal.screen().trimEnd().split('\n')
    await terminal.until(() => linesNow().length === rows, `fills ${rows} lines`)
    const lines = linesNow()
    for (const line of lines) {
      expect(columnsOf(line)).toBeLessThanOrEqual(columns)
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
    }
    const shown = lines.join('\n')
    for (const words of ['fiber-work', 'running', 'QUEUES', 'webhooks', 'RECENT FAILURES', '? help'])
      expect(shown).toContain(words)
    expect(terminal.flag('alternate_on')).toBe('1')
    // The numbers of a table stand under each other, whatever the names.
    const from = lines.findIndex((line) => line.includes('QUEUES'))
    const [title = '', first = '', second = ''] = lines.slice(from, from + 3)
    const ends = [/ready/, /\d(?= )/].map((pattern) => pattern.exec(title)?.index)
    expect(ends[0]).toBeGreaterThan(0)
    const edge = (ends[0] ?? 0) + 'ready'.length
    for (const line of [first, second]) expect(line.slice(edge - 1, edge + 1)).toMatch(/\d /)
  })

  it('does what its keys say', async () => {
    using terminal = await dashboard(100, 30)
    const logged = (line: string) => terminal.logs(line)
    await terminal.shows('? help')
    terminal.type('Space')
    await logged('POST /v1/processes/pause')
    await terminal.shows(' paused ')
    terminal.type('p')
    await logged('POST /v1/processes/resume')
    terminal.type('Tab', 'Down', 'Space')
    await logged('POST /v1/queues/scrape/pause')
    await terminal.shows('scrape paused')
    terminal.type('Escape')
    await terminal.until(() => !terminal.screen().includes('▸'), 'the queues have the keys no more')
    terminal.type('+')
    await logged('PUT /v1/processes/concurrency {"concurrency":11000}')
    terminal.type('c', '2', '5', '0', '0')
    await terminal.shows('concurrency: 2500')
    terminal.type('Enter')
    await logged('PUT /v1/processes/concurrency {"concurrency":2500}')
    await terminal.shows('of 2,500')

    terminal.type('3')
    await terminal.shows('dead-11')
    terminal.type('Down', 'x')
    await terminal.shows('Drop this job for good')
    terminal.type('n', 'x', 'y')
    await logged('DELETE /v1/jobs/dead-1')
    await terminal.until(() => !/dead-1\s/.test(terminal.screen()), 'the dropped job is gone')
    terminal.type('r')
    await terminal.until(() => terminal.log().some((line) => line.endsWith('/retry')), 'retries')
    await terminal.shows('JOBS 10')
    terminal.type('Enter')
    await terminal.shows('"tenant": 8812')
    await terminal.shows('TIMELINE')
    await terminal.shows('4bf92f3577b34da6a3ce929d0e0e4736')
    terminal.type('Escape')
    await terminal.shows('JOBS 10')

    terminal.type('1', '/')
    terminal.type('w', 'e', 'b', 'h')
    await terminal.until(() => !terminal.screen().includes('scrape-page'), 'the filter hides rows')
    terminal.type('Enter', '?')
    await terminal.shows('LOOK AROUND')
    terminal.type('Escape')
    await terminal.shows('QUEUES')
    terminal.type('q')
    await logged('quit drain')
    await expectClean(terminal)
    expect(terminal.log().filter((line) => line.startsWith('DELETE'))).toEqual(['DELETE /v1/jobs/dead-1'])
  })

  it('shows every tab, and nothing of a hostile name steers the terminal in any of them', async () => {
    using terminal = await dashboard(120, 40, { options: { hostile: true } })
    await terminal.shows('? help')
    const tabs: [key: string, words: string][] = [
      ['2', 'at once'],
      ['3', 'JOBS 12'],
      ['4', 'KINDS OF FAILURE'],
      ['5', 'GROUPS OF'],
      ['6', 'SCHEDULES 2'],
      ['7', 'WORKERS ELSEWHERE 1'],
      ['8', 'job.ended'],
      ['1', 'SLOWEST RUNNING'],
    ]
    const check = () => {
      for (const line of terminal.screen().split('\n')) {
        expect(columnsOf(line)).toBeLessThanOrEqual(120)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      }
    }
    for (const [key, words] of tabs) {
      terminal.type(key)
      await terminal.shows(words)
      check()
    }
    terminal.type('3')
    await terminal.shows('JOBS 12')
    terminal.type('Enter')
    await terminal.shows('TIMELINE')
    for (let page = 0; page < 4; page += 1) {
      check()
      terminal.type('PageDown')
    }
    check()
    // OSC 52 has not reached the clipboard of tmux, nor OSC 0 the title of its window.
    expect(terminal.tmux('show-options', '-s').includes('owned')).toBe(false)
    expect(terminal.tmux('list-buffers')).toBe('')
    expect(terminal.flag('pane_title')).not.toContain('owned')
    terminal.type('q')
    await expectClean(terminal)
  })

  it('drains on q and says so; a second q means now', async () => {
    using terminal = await dashboard(80, 24, { options: { drainMs: 60_000 } })
    await terminal.shows('? help')
    terminal.type('q')
    await terminal.shows('nothing new is taken')
    await terminal.shows(' draining ')
    terminal.type('q')
    await terminal.logs('quit now')
    await terminal.logs('closed')
  })

  it('survives every size', async () => {
    using terminal = await dashboard(200, 50)
    await terminal.shows('SLOWEST RUNNING')
    for (const [columns, rows, words] of [
      [60, 20, 'QUEUES'],
      [30, 5, 'needs 40 x 8'],
      [250, 70, 'WAIT p50'],
      [80, 24, 'DEFINITIONS'],
    ] as const) {
      terminal.resize(columns, rows)
      await terminal.shows(words)
      await terminal.until(() => terminal.screen().trimEnd().split('\n').length >= Math.min(rows, 1), 'fills it')
      for (const line of terminal.screen().split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(columns)
    }
    terminal.type('q')
    await expectClean(terminal)
  })

  test.each([
    ['an uncaught exception', { throwAfterMs: 1_500 }, 'thrown on purpose', 1],
    ['process.exit', { exitAfterMs: 1_500 }, 'exit=3', 3],
  ])('leaves the terminal clean after %s', async (_, options, words, code) => {
    using terminal = await dashboard(80, 24, { options })
    await terminal.shows('? help')
    await expectClean(terminal)
    expect(terminal.screen()).toContain(words)
    expect(terminal.screen()).toContain(`exit=${code}`)
  })

  test.each(['TERM', 'INT', 'HUP'])('SIG%s drains and leaves the terminal clean', async (signal) => {
    using terminal = await dashboard(80, 24)
    await terminal.shows('? help')
    process.kill(await pidOf(terminal), `SIG${signal}`)
    await terminal.logs('quit drain')
    await terminal.logs('closed')
    await expectClean(terminal)
    expect(terminal.screen()).toContain('exit=0')
  })

  it('drains when its terminal goes away', async () => {
    using terminal = await dashboard(80, 24)
    await terminal.shows('? help')
    terminal.kill()
    await terminal
      .until(() => terminal.log().includes('closed'), 'closed')
      .catch((error: unknown) => {
        throw new Error(terminal.log().join('\n'), { cause: error })
      })
    expect(terminal.log()).toContain('quit drain')
  })

  it('holds back what others write, and writes it out at the end', async () => {
    using terminal = await dashboard(80, 24, { options: { chatter: true } })
    await terminal.shows(/\d+ lines of output held back|dead jobs/)
    await sleep(1_000)
    expect(terminal.screen()).not.toContain('a handler says')
    terminal.type('q')
    await terminal.shows('a handler says hello')
    await terminal.shows('and complains')
    await expectClean(terminal)
  })

  it('says when nobody answers', async () => {
    using terminal = await dashboard(80, 24, { options: { silentAfterMs: 1_000 } })
    await terminal.shows('? help')
    await terminal.shows(/no answer for \d/)
  })

  it('does not stop the worker when the terminal stops reading', async () => {
    using terminal = await dashboard(200, 50, { options: { refreshMs: 250, hostile: true } })
    await terminal.shows('SLOWEST RUNNING')
    const server = terminal.serverPid()
    const worker = await pidOf(terminal)
    const beats = async () => {
      const before = terminal.log().length
      process.kill(worker, 'SIGUSR2')
      for (let wait = 0; wait < 40 && terminal.log().length === before; wait += 1) await sleep(50)
      return Number(/beats (\d+)/.exec(terminal.log().at(-1) ?? '')?.[1])
    }
    process.kill(server, 'SIGSTOP')
    try {
      const first = await beats()
      await sleep(20_000)
      expect((await beats()) - first).toBeGreaterThan(150)
    } finally {
      process.kill(server, 'SIGCONT')
    }
    terminal.type('q')
    await expectClean(terminal)
  })

  it('knows NO_COLOR and ASCII', async () => {
    using terminal = await dashboard(80, 24, { variables: 'NO_COLOR=1 FIBER_WORK_ASCII=1', options: { hostile: true } })
    await terminal.shows('? help')
    expect(terminal.colours()).not.toMatch(/\x1b\[[\d;]*[34]8;/)
    expect(terminal.screen()).toMatch(/^[\x20-\x7e\n]*$/)
  })
})
