import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Settings, optionNames, options } from '../config/options.ts'
import type { Worker } from '../worker/worker.ts'
import type { LocalApi } from './local-api.ts'
import type { ProcessLog } from './log.ts'
import { outputOf } from './output.ts'
import { superviseWorkers } from './supervise.ts'
import { showDashboard } from './worker-dashboard.ts'

const script = fileURLToPath(new URL('../../test/support/supervised.ts', import.meta.url))
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const defaults = Object.fromEntries(
  optionNames.flatMap((name) => ('default' in options[name] ? [[name, options[name].default]] : [])),
) as unknown as Settings

let before: Map<string, unknown[]>
let said: { stdout: string; stderr: string }
const { argv } = process

beforeEach(() => {
  before = new Map(signals.map((signal) => [signal, process.listeners(signal)]))
  said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      said[stream] += String(chunk)
      return true
    })
  }
})

afterEach(() => {
  vi.restoreAllMocks()
  process.argv = argv
  for (const signal of signals) {
    for (const listener of process.listeners(signal))
      if (!before.get(signal)!.includes(listener)) process.off(signal, listener)
  }
})

function send(signal: (typeof signals)[number]): void {
  for (const listener of process.listeners(signal))
    if (!before.get(signal)!.includes(listener)) (listener as (name: string) => void)(signal)
}

function supervise(worker: object, settings: Partial<Settings> = {}) {
  process.argv = [process.execPath, script, JSON.stringify(worker)]
  return superviseWorkers({ ...defaults, logFormat: 'text', ...settings }, outputOf({ json: true }))
}

/** The answer of the health route, once it is this one. */
async function health(status: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said.stderr)?.[0]
      expect((await fetch(`${url}/readyz`)).status).toBe(status)
    },
    { timeout: 10_000 },
  )
}

describe('the supervising process', () => {
  test('serves health, drains on a signal, and answers the sum', async () => {
    const ended = supervise({}, { processes: 2, http: '127.0.0.1:0' })
    await health(200)
    send('SIGTERM')
    expect(await ended).toEqual({ code: 0 })
    expect(JSON.parse(said.stdout)).toMatchObject({ done: 2, restarts: 0, exitCode: 0 })
    expect(said.stderr).toContain('all stopped: 2 done in')
  })

  test('a worker that cannot start: its error is the answer', async () => {
    expect(await supervise({ up: false, failed: 'no jobs', exit: 78 })).toEqual({ code: 78 })
    expect(JSON.parse(said.stdout)).toEqual({ error: { message: 'no jobs', remedy: '' } })
  })

  test('the third signal kills', async () => {
    const ended = supervise({ deaf: true }, { http: '127.0.0.1:0' })
    await health(200)
    send('SIGINT')
    send('SIGINT')
    send('SIGINT')
    expect(await ended).toEqual({ code: 130 })
  })
})

const opened: { source: unknown; quit: (how: 'drain' | 'now') => Promise<void> }[] = []
const terminal = { closed: Promise.withResolvers<void>(), close: vi.fn<() => void>() }

vi.mock('../../dashboard/terminal/index.ts', () => ({
  openTerminalDashboard: (given: (typeof opened)[number]) => {
    opened.push(given)
    return { closed: terminal.closed.promise, close: terminal.close }
  },
}))

describe('the dashboard of a worker', () => {
  const ttys = [process.stdin.isTTY, process.stdout.isTTY]
  const log = { hush: vi.fn<(quiet: boolean) => void>(), line: vi.fn<() => void>() }
  const worker = { ended: Promise.withResolvers<void>() }
  const quit = vi.fn<(level: 1 | 2) => void>()
  const openApi = async () => ({ api: 'source', close: async () => {} }) as unknown as LocalApi

  async function show(isTTY: boolean) {
    process.stdin.isTTY = process.stdout.isTTY = isTTY
    terminal.closed = Promise.withResolvers()
    worker.ended = Promise.withResolvers()
    quit.mockClear()
    terminal.close.mockClear()
    const fake = { ended: worker.ended.promise } as unknown as Worker
    return showDashboard({ ...defaults, dashboard: true }, fake, openApi, log as unknown as ProcessLog, quit)
  }

  afterEach(() => {
    ;[process.stdin.isTTY, process.stdout.isTTY] = ttys as [boolean, boolean]
  })

  test('is not shown without a terminal, nor unasked', async () => {
    expect(await show(false)).toBeUndefined()
    expect(await showDashboard(defaults, {} as Worker, openApi, {} as ProcessLog, quit)).toBeUndefined()
    expect(opened).toEqual([])
  })

  test('its quit stops the worker, politely or now', async () => {
    await show(true)
    expect(opened.at(-1)?.source).toBe('source')
    expect(log.hush).toHaveBeenLastCalledWith(true)
    void opened.at(-1)?.quit('drain')
    void opened.at(-1)?.quit('now')
    expect(quit.mock.calls).toEqual([[1], [2]])
  })

  test('its end is the end of the worker', async () => {
    await show(true)
    terminal.closed.resolve()
    await vi.waitFor(() => expect(quit).toHaveBeenCalledWith(1))
    expect(log.hush).toHaveBeenLastCalledWith(false)
  })

  test('the end of the worker is its end, and no wish of its user: a condemned worker starts anew', async () => {
    const shown = await show(true)
    worker.ended.resolve()
    await vi.waitFor(() => expect(terminal.close).toHaveBeenCalled())
    terminal.closed.resolve()
    await shown?.closed
    await new Promise((resolve) => setImmediate(resolve))
    expect(quit).not.toHaveBeenCalled()
  })
})
