import { describe, expect, test } from 'vitest'
import { account, type Entry } from './account.ts'

const good: Entry = { name: '#1 sleep', expect: { state: 'done', executions: 1 }, executions: 1, state: 'done' }

describe('account', () => {
  test('a run in order has no problems', () => {
    const dead: Entry = { name: '#2 fail', expect: { state: 'dead', executions: 2 }, executions: 2, state: 'dead' }
    expect(account([good, dead])).toEqual({ done: 1, dead: 1, lost: 0, duplicated: 0, problems: [] })
  })

  test.each<[string, Partial<Entry>, Partial<ReturnType<typeof account>>]>([
    ['a job that the store has forgotten', { state: undefined }, { lost: 1, done: 1 }],
    ['a job that still waits', { state: 'ready' }, { lost: 1 }],
    ['a job that still runs', { state: 'running' }, { lost: 1 }],
    ['a job that died and should not have', { state: 'dead' }, { lost: 1, dead: 1 }],
    ['a job that is done and was never run', { executions: 0 }, { lost: 1, duplicated: 0 }],
    ['a job that ran twice', { executions: 2 }, { lost: 0, duplicated: 1 }],
    ['a job that ran twice and is not done', { executions: 2, state: 'delayed' }, { lost: 1, duplicated: 1 }],
    ['a job that gave up too early', { expect: { state: 'dead', executions: 2 }, state: 'dead' }, { lost: 1 }],
    ['a job that should have died', { expect: { state: 'dead', executions: 1 } }, { lost: 1 }],
  ])('finds %s', (_, wrong, found) => {
    const result = account([good, { ...good, ...wrong }])
    expect(result).toMatchObject(found)
    expect(result.problems).toHaveLength(1)
  })

  test('a problem names the job, what was expected and what was found', () => {
    expect(account([{ ...good, executions: 2, state: undefined }]).problems).toEqual([
      '#1 sleep: expected done after 1 execution, found no record after 2 executions',
    ])
  })
})
