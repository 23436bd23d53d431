import { afterEach, describe, expect, test, vi } from 'vitest'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import type { JobEvent } from '../../contract/events.ts'
import { levelsByName } from './levels.ts'
import { type Log, type LogOptions, startLog } from './log.ts'

const job: JobEvent = { worker: 'w', id: 'id-1', name: 'mail', queue: 'mails', group: undefined, attempt: 2 }
const failed = { ...job, verdict: 'retry', runMs: 12.4, timedOut: false, error: 'Error: no\n    at x' } as const

const open: Log[] = []

async function logging(options: Partial<LogOptions> = {}) {
  const written: string[] = []
  const log = await startLog({
    env: systemEnv,
    level: 'debug',
    format: 'json',
    write: (line) => void written.push(line),
    ...options,
  })
  open.push(log)
  return { log, written, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

afterEach(() => {
  vi.useRealTimers()
  for (const log of open.splice(0)) log.end()
})

describe('levels of definitions', () => {
  const of = (name: string, level: 'debug' | 'info' | 'warn') =>
    emit('job.log', () => ({ ...job, name, level, message: `${name} ${level}`, fields: undefined }))

  test('one may say more, another one less, than all others', async () => {
    const { log, lines } = await logging({ level: 'info', levels: { mail: 'debug', import: 'silent' } })
    for (const name of ['mail', 'import', 'other'])
      for (const level of ['debug', 'info', 'warn'] as const) of(name, level)
    emit('job.started', () => ({ ...job, waitedMs: 1, crashes: 0 }))
    emit('job.started', () => ({ ...job, name: 'other', waitedMs: 1, crashes: 0 }))
    emit('job.ended', () => ({ ...failed, verdict: 'done', error: undefined }))
    emit('job.ended', () => ({ ...failed, name: 'other', verdict: 'done', error: undefined }))
    log.line('debug', 'of the process')
    expect(lines().map(({ msg, name }) => `${String(msg)} (${String(name)})`)).toEqual([
      'mail debug (mail)',
      'mail info (mail)',
      'mail warn (mail)',
      'other info (other)',
      'other warn (other)',
      'job started (mail)',
      'job done (mail)',
    ])
  })

  test('are read from a list or a table', () => {
    expect(levelsByName(['mail=debug', 'import=silent'])).toEqual({ mail: 'debug', import: 'silent' })
    expect(levelsByName({ mail: 'warn' })).toEqual({ mail: 'warn' })
    expect(levelsByName(undefined)).toEqual({})
  })
})

describe('traces', () => {
  test('a line says to which trace its job belongs', async () => {
    const { lines } = await logging()
    const traced = { ...job, traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    emit('job.log', () => ({ ...traced, level: 'info', message: 'x', fields: { trace_id: 'own' } }))
    emit('job.ended', () => ({ ...traced, verdict: 'dead', runMs: 1, timedOut: false, error: 'Error: x' }))
    for (const line of lines()) expect(line).toMatchObject({ trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) })
    expect(lines()[0]).toMatchObject({ trace_id_: 'own' })
  })

  test('spans that are lost are a few lines and a count', async () => {
    const { log, lines } = await logging()
    for (let n = 0; n < 100; n++) emit('traces.failed', () => ({ spans: 512, error: new Error('ECONNREFUSED') }))
    log.end()
    expect(lines()).toHaveLength(6)
    expect(lines()[0]).toMatchObject({ level: 'warn', msg: 'spans could not be handed on', spans: 512 })
  })
})
