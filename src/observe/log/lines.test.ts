import { expect, it } from 'vitest'
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
