import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ApiClient } from '../api/client/client.ts'
import type { BulkTaskView } from '../api/operations/bulk.ts'
import { followBulk } from './bulk-run.ts'
import { outputOf } from './output.ts'
import { waitForResult } from './waiting.ts'
import type { ApiContext } from './with-api.ts'

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

const task = (more: Partial<BulkTaskView> = {}): BulkTaskView => ({
  id: 't1',
  action: 'retry',
  filter: { queue: 'q' },
  state: 'running',
  acted: 0,
  outcomes: {},
  by: 'ada',
  startedAt: '2026-11-22T12:00:00.000Z',
  ...more,
})

/** An API whose task is told so, look by look; the last one stays. */
function contextOf(looks: BulkTaskView[], remote: boolean) {
  let cancelled = 0
  const bulk = {
    get: async () => (looks.length > 1 ? looks.shift()! : looks[0]!),
    cancel: async () => {
      cancelled++
      return task({ state: 'cancelled', acted: 7 })
    },
  }
  const context = { api: { bulk } as unknown as ApiClient, output: outputOf({}), remote } as ApiContext
  return { context, cancelled: () => cancelled }
}

function stderr() {
  let text = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  return () => text
}

describe('an action on filters', () => {
  test('is followed to its end', async () => {
    const { context } = contextOf(
      [task({ acted: 3 }), task({ state: 'done', acted: 5, outcomes: { retried: 5 } })],
      true,
    )
    expect(await followBulk(context, task())).toMatchObject({ state: 'done', acted: 5 })
    expect(process.exitCode).toBeUndefined()
  })

  test('what it failed of is an error with its code', async () => {
    const error = { code: 'FW_STORE_FAILED', detail: 'the disk is full' }
    const { context } = contextOf([task({ state: 'failed', acted: 3, error })], true)
    await expect(followBulk(context, task())).rejects.toMatchObject({
      code: 'FW_STORE_FAILED',
      message: 'The action ended after 3 jobs: the disk is full',
    })
    const lost = contextOf([task({ state: 'interrupted', acted: 2 })], true)
    await expect(followBulk(lost.context, task())).rejects.toMatchObject({ code: 'FW_API_UNREACHABLE' })
  })

  test('Ctrl-C on a store ends it', async () => {
    const said = stderr()
    const { context, cancelled } = contextOf([task()], false)
    setTimeout(() => process.emit('SIGINT'), 30)
    expect(await followBulk(context, task())).toMatchObject({ state: 'cancelled' })
    expect([cancelled(), process.exitCode]).toEqual([1, 130])
    expect(said()).toContain('cancelled after 7 jobs')
  })

  test('Ctrl-C by an API, without a terminal, leaves it running and says how it is found', async () => {
    const said = stderr()
    const { context, cancelled } = contextOf([task({ acted: 4 })], true)
    setTimeout(() => process.emit('SIGINT'), 30)
    expect(await followBulk(context, task())).toMatchObject({ state: 'running' })
    expect([cancelled(), process.exitCode]).toEqual([0, 130])
    expect(said()).toContain('fiber-work bulk status t1')
    expect(process.listenerCount('SIGINT')).toBe(0)
  })
})

describe('a result', () => {
  const answering = (...answers: object[]) => {
    const asked: number[] = []
    const result = async (_id: string, { waitMs }: { waitMs: number }) => {
      asked.push(waitMs)
      return answers.length > 1 ? answers.shift()! : answers[0]!
    }
    return { api: { jobs: { result } } as unknown as ApiClient, asked }
  }

  test('is waited for as long as it may take, a minute a request', async () => {
    const { api, asked } = answering({ state: 'running', settled: false }, { state: 'done', settled: true, result: 5 })
    expect(await waitForResult(api, 'x', 100_000)).toBe(5)
    expect(asked[0]).toBe(60_000)
  })

  test.each([
    [{ state: 'dead', settled: true, error: 'Error: no' }, 'FW_JOB_DEAD'],
    [{ state: 'quarantined', settled: true }, 'FW_JOB_DEAD'],
    [{ state: 'cancelled', settled: true }, 'FW_JOB_CANCELLED'],
    [{ state: 'unknown', settled: false }, 'FW_JOB_UNKNOWN'],
    [{ state: 'ready', settled: false }, 'FW_RESULT_TIMEOUT'],
  ])('%o is %s', async (answer, code) => {
    await expect(waitForResult(answering(answer).api, 'x', 0)).rejects.toMatchObject({ code })
  })
})
