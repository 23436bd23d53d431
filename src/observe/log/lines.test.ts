import { expect, it } from 'vitest'
import type { Alert } from '../../contract/alert.ts'
import { lines } from './lines.ts'

const event = { worker: 'w', id: 'a', name: 'greet', queue: 'q', group: undefined, attempt: 1 }

it('keeps what says which job it was, whatever the handler calls its fields', () => {
  const log = { ...event, level: 'info', message: 'hello', fields: { name: 'Ada', time: 'noon', mine: 1 } } as const
  expect(lines['job.log']?.of(log, 1)?.fields).toEqual({
    name_: 'Ada',
    time_: 'noon',
    mine: 1,
    job: 'a',
    name: 'greet',
    queue: 'q',
    attempt: 1,
  })
})

it('takes a line without fields', () => {
  const log = { ...event, level: 'info', message: 'hello', fields: undefined } as const
  expect(lines['job.log']?.of(log, 1)?.fields).toMatchObject({ job: 'a', name: 'greet' })
})

it('says what wants a person, and when it is over', () => {
  const alert: Alert = {
    type: 'queue.wait.exceeded',
    ...{ queue: 'mail', waitMs: 70_000, waitMsMax: 60_000, atMs: 1 },
    ...{ ready: 5, delayed: 0, running: 0, dead: 0, paused: true },
  }
  expect(lines['alert.raised']?.of(alert, 0)).toMatchObject({
    level: 'warn',
    message: 'jobs wait for too long in mail',
    fields: { alert: 'queue.wait.exceeded', queue: 'mail', waitMs: 70_000, waitMsMax: 60_000, ready: 5, paused: true },
  })
  expect(lines['alert.cleared']?.of({ ...alert, type: 'jobs.dead', lastedMs: 9 }, 0)).toMatchObject({
    level: 'info',
    message: 'it is over: jobs have died in mail',
    fields: { dead: 0, ms: 9 },
  })
  const failed = { target: 'https://hooks.example.com', error: new Error('no'), tries: 5 }
  expect(lines['alert.failed']?.of({ ...failed, givenUp: true }, 0)).toMatchObject({ level: 'error' })
  expect(lines['alert.failed']?.of({ ...failed, target: undefined, givenUp: false }, 0)).toMatchObject({
    level: 'warn',
  })
  expect(lines['queue.trimmed']?.of({ queue: 'mail', state: 'dead', removed: 3 }, 0)).toMatchObject({ level: 'debug' })
})
