import type { ReadStream, WriteStream } from 'node:tty'
import { afterEach, describe, expect, it } from 'vitest'
import { SampleWorker } from '../../test/support/dashboard-source.ts'
import { FakeInput, FakeOutput, HandClock, settled } from '../../test/support/fake-terminal.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { openTerminalDashboard, type TerminalDashboard } from './index.ts'

let opened: TerminalDashboard | undefined
afterEach(() => opened?.close())

async function open(options: { quit?: (how: 'drain' | 'now') => Promise<void>; hostile?: boolean } = {}) {
  const clock = new HandClock()
  const worker = new SampleWorker({ nowMs: () => clock.nowMs, hostile: options.hostile ?? false })
  const input = new FakeInput()
  const output = new FakeOutput()
  const quits: string[] = []
  const dashboard = openTerminalDashboard({
    source: worker.api,
    quit: async (how) => {
      quits.push(how)
      await options.quit?.(how)
    },
    input: input as unknown as ReadStream,
    output: output as unknown as WriteStream,
    env: clock.env,
  })
  opened = dashboard
  let isClosed = false
  void dashboard.closed.then(() => (isClosed = true))
  await clock.pass(3_000)
  const type = async (...keys: string[]) => {
    for (const key of keys) {
      input.write(key)
      await settled()
    }
    await clock.pass(100)
  }
  /** What was written since the last time. */
  const written = () => {
    const { text } = output
    output.text = ''
    return text
  }
  return { clock, worker, input, output, quits, dashboard, type, written, isClosed: () => isClosed }
}

/** The terminal is told to step over what stands there already, a space too. */
const plainly = (text: string) => text.replaceAll('\u001b[1C', ' ')

const never = () => new Promise<void>(() => {})

describe('an open dashboard', () => {
  it('takes the alternate screen, and gives everything back', async () => {
    const listeners = [
      'SIGTERM',
      'SIGINT',
      'SIGHUP',
      'SIGQUIT',
      'exit',
      'uncaughtException',
      'uncaughtExceptionMonitor',
    ]
    const before = listeners.map((event) => process.listenerCount(event))
    const { clock, dashboard, input, written, isClosed } = await open()
    expect(input.isRaw).toBe(true)
    expect(process.env['NCURSES_NO_UTF8_ACS']).toBeUndefined()
    expect(written()).toMatch(/\x1b\[\?1049h[^]*fiber-work[^]*QUEUES/)
    dashboard.close()
    dashboard.close()
    await settled()
    expect(isClosed()).toBe(true)
    expect(written()).toMatch(/\x1b\[\?1049l[^]*\x1b\[m$/)
    expect(input.isRaw).toBe(false)
    expect(clock.waiting).toBe(0)
    expect(listeners.map((event) => process.listenerCount(event))).toEqual(before)
  })

  it('refuses an output that is no terminal', () => {
    const output = new FakeOutput()
    output.isTTY = false
    const open = () =>
      openTerminalDashboard({ source: new SampleWorker().api, quit: never, output: output as unknown as WriteStream })
    expect(open).toThrow(FiberWorkError)
  })

  it('writes nothing while nothing changes', async () => {
    const { clock, worker, written } = await open()
    const still = await worker.snapshot()
    worker.snapshot = () => Promise.resolve(still)
    await clock.pass(3_000)
    written()
    await clock.pass(10_000)
    expect(written()).toBe('')
  })

  it('leaves frames out while the terminal does not take them', async () => {
    const { clock, output, written } = await open()
    output.writableLength = 1e6
    written()
    await clock.pass(10_000)
    expect(written()).toBe('')
    output.writableLength = 0
    await clock.pass(1_000)
    expect(written()).not.toBe('')
  })

  it('draws again after a resize', async () => {
    const { clock, output, written } = await open()
    written()
    Object.assign(output, { columns: 120, rows: 40 })
    output.emit('resize')
    await clock.pass(100)
    expect(written()).toContain('QUEUES')
  })

  it('does what keys ask for, and says what came of it', async () => {
    const { worker, type, written } = await open()
    await type(' ', '3')
    expect(worker.calls).toContain('POST /v1/processes/pause')
    await type('r')
    expect(worker.calls).toContain('POST /v1/jobs/dead-0/retry')
    expect(written()).toContain('runs again')
    await type('\r')
    expect(written()).toContain('dead-1')
  })

  it('counts before a bulk action, begins it at a rate, and shows how far it is', async () => {
    const { worker, clock, type, written } = await open()
    await type('4')
    await type('r')
    expect(worker.calls.at(-1)).toMatch(/^POST \/v1\/bulk\/preview .*TenantError/)
    expect(plainly(written())).toContain('Retry 12 jobs')
    await type('\r')
    expect(worker.calls.at(-1)).toContain('"ratePerSecond":50')
    await clock.pass(1_500)
    expect(plainly(written())).toContain('5 of 12 at 50/s')
  })

  it('obeys the mouse: tabs, rows, the wheel', async () => {
    const { input, clock, written, worker, type } = await open()
    const press = async (column: number, row: number, button = 0) => {
      input.write(`\x1b[<${button};${column};${row}M`)
      await settled()
      await clock.pass(100)
    }
    await press(20, 2)
    expect(plainly(written())).toContain('JOBS')
    await press(5, 7)
    await type('r')
    expect(worker.calls).toContain('POST /v1/jobs/dead-2/retry')
    await press(5, 7, 65)
    await type('r')
    expect(worker.calls.at(-1)).toBe('POST /v1/jobs/dead-6/retry')
  })

  it('writes nothing of a payload that could steer the terminal, on any tab', async () => {
    const { clock, type, written } = await open({ hostile: true })
    written()
    for (const key of ['1', '2', '3', '4', '5', '6', '7', '8', 'n']) {
      await type(key)
      await clock.pass(2_500)
    }
    await type('\x1b')
    await type('3')
    await clock.pass(2_500)
    await type('\r')
    await clock.pass(1_500)
    for (let page = 0; page < 6; page += 1) await type('\x1b[6~')
    const said = written()
    expect(said).toContain('TIMELINE')
    // What is left when the sequences that blessed and we write ourselves are taken out: moves, colours, modes.
    const rest = said.replaceAll(/\x1b(?:\[[?>]?[\d;]*[A-Za-z]|[78=>]|\([0B])/g, '')
    expect(rest).not.toMatch(
      /[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
    )
    // Those of the payloads are none of ours.
    for (const foreign of ['\x1b[2J', '\x1b[31m']) expect(said).not.toContain(foreign)
  })

  it('shows an error of the source and goes on', async () => {
    const { clock, worker, type, written } = await open()
    const { call } = worker
    worker.call = (request) =>
      request.method === 'POST'
        ? Promise.reject(new FiberWorkError('FW_STORE_FAILED', 'no answer from redis://:secret@h'))
        : call.call(worker, request)
    await type(' ')
    const said = written()
    expect(said).toContain('FW_STORE_FAILED')
    expect(said).not.toContain('secret')
    worker.call = () => Promise.reject(new Error('gone fishing'))
    await clock.pass(8_000)
    expect(plainly(written())).toMatch(/no connection for|gone fishing/)
    await type('3', '\r')
    worker.call = call.bind(worker)
    await clock.pass(3_000)
    expect(plainly(written())).toContain('TenantError')
  })

  it('says what it is told to, for a while', async () => {
    const { clock, dashboard, written } = await open()
    dashboard.message('hello \x1b[2Jthere')
    await clock.pass(100)
    expect(written()).toContain('hello there')
    await clock.pass(6_000)
    expect(written()).toContain('wait for a decision')
  })
})

describe('the end', () => {
  it('drains on q, stays until it is done, and asks for now on the second q', async () => {
    const { type, quits, written, isClosed } = await open({
      quit: (how) => (how === 'drain' ? never() : Promise.resolve()),
    })
    await type('q')
    expect(quits).toEqual(['drain'])
    expect(isClosed()).toBe(false)
    // The terminal is told to step over what stands there already, a space too.
    expect(written().replaceAll('\u001b[1C', ' ')).toContain('nothing new is taken')
    await type('q')
    expect(quits).toEqual(['drain', 'now'])
    expect(isClosed()).toBe(true)
  })

  it('closes when the drain has ended, and when it fails', async () => {
    const good = await open({ quit: () => Promise.resolve() })
    await good.type('q')
    expect(good.isClosed()).toBe(true)
    const bad = await open({ quit: () => Promise.reject(new Error('on purpose: quit fails')) })
    await bad.type('\x03')
    expect(bad.isClosed()).toBe(true)
  })

  it('drains once when the terminal has gone', async () => {
    for (const event of ['output error', 'output close', 'input end', 'input error'] as const) {
      const { input, output, quits, isClosed } = await open({ quit: never })
      const [stream, name = ''] = event.split(' ')
      const emitter = stream === 'output' ? output : input
      emitter.emit(name, new Error('EPIPE'))
      output.emit('error', new Error('EPIPE'))
      await settled()
      expect([event, quits, isClosed()]).toEqual([event, ['drain'], true])
    }
  })

  it('drains on a signal, and asks for now on the second one', async () => {
    const { quits } = await open({ quit: never })
    process.emit('SIGTERM', 'SIGTERM')
    await settled()
    process.emit('SIGTERM', 'SIGTERM')
    await settled()
    expect(quits).toEqual(['drain', 'now'])
  })
})
