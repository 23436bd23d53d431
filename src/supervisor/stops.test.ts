import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Link } from './link.ts'
import { giveTerminalBack } from './terminal.ts'
import { watchStops } from './stops.ts'

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
let told: string[]
let before: Map<string, unknown[]>

beforeEach(() => {
  told = []
  before = new Map(signals.map((signal) => [signal, process.listeners(signal)]))
})

afterEach(() => {
  for (const signal of signals) {
    for (const listener of process.listeners(signal))
      if (!before.get(signal)!.includes(listener)) process.off(signal, listener)
  }
})

const send = (...names: (typeof signals)[number][]) => {
  for (const name of names)
    for (const listener of process.listeners(name))
      if (!before.get(name)!.includes(listener)) (listener as (signal: string) => void)(name)
}

const stops = {
  onStop: (level: number, reason: string) => void told.push(`${level} ${reason}`),
  onThird: (signal: string) => void told.push(`third ${signal}`),
}

describe('alone', () => {
  test('drain, now, at once', () => {
    watchStops(undefined, stops)
    send('SIGTERM', 'SIGINT', 'SIGTERM')
    expect(told).toEqual(['1 SIGTERM', '2 SIGINT', 'third SIGTERM'])
  })

  test('a closed terminal may say so twice, and drains', () => {
    watchStops(undefined, stops)
    send('SIGHUP', 'SIGHUP')
    expect(told).toEqual(['1 SIGHUP'])
    send('SIGTERM')
    expect(told).toEqual(['1 SIGHUP'])
  })

  test('the dashboard and a signal say the same', () => {
    const raise = watchStops(undefined, stops)
    raise(1, 'q')
    send('SIGTERM')
    raise(2, 'q')
    expect(told).toEqual(['1 q', '2 q'])
  })
})

describe('under a supervisor', () => {
  const linked = () => {
    const link = Object.assign(new EventEmitter(), { connected: true, stop: (_level: 1 | 2, _reason: string) => {} })
    const port = {
      get connected() {
        return link.connected
      },
      onStop: (listener: typeof link.stop) => (link.stop = listener),
    } as unknown as Link
    return { link, port }
  }

  test('a signal that reaches both counts once', () => {
    const { link, port } = linked()
    watchStops(port, stops)
    send('SIGINT')
    link.stop(1, 'SIGINT')
    send('SIGINT', 'SIGINT')
    expect(told).toEqual(['1 SIGINT'])
    link.stop(2, 'SIGINT')
    expect(told).toEqual(['1 SIGINT', '2 SIGINT'])
  })

  test('once it is gone, signals count again', () => {
    const { link, port } = linked()
    watchStops(port, stops)
    link.connected = false
    link.stop(1, 'its supervisor is gone')
    send('SIGTERM', 'SIGTERM')
    expect(told).toEqual(['1 its supervisor is gone', '2 SIGTERM'])
  })
})

test('the terminal is given back only where there is one', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const { isTTY } = process.stdout
  process.stdout.isTTY = false
  giveTerminalBack()
  expect(write).not.toHaveBeenCalled()
  process.stdout.isTTY = true
  giveTerminalBack()
  expect(write).toHaveBeenCalledWith(expect.stringContaining('\x1b[?1049l'))
  process.stdout.isTTY = isTTY
  write.mockRestore()
})
