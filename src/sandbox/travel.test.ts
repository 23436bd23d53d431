import { expect, it } from 'vitest'
import type { StoredJob } from '../contract/job.ts'
import { accompany, admit, depart } from './travel.ts'

const job = (): StoredJob => ({ id: 'a', queue: 'q', name: 'n', priority: 5, body: '{"v":1}' })

it('a principal that nobody carries is refused rather than dropped', () => {
  expect(depart(job(), undefined)).toEqual(job())
  expect(depart(job(), false)).toEqual(job())
  expect(() => depart(job(), { id: 'ada' })).toThrow(expect.objectContaining({ code: 'FW_AUTH_UNCONFIGURED' }))
})

it('what was registered sees each job leave, and arrive', () => {
  const seen: unknown[] = []
  accompany(
    (leaving, { as }) => (leaving.headers = { mark: (as as { id: string }).id }),
    (fiber) => seen.push(fiber),
  )
  const fiber = {} as never
  admit(fiber)
  expect(depart(job(), { id: 'ada' }).headers).toEqual({ mark: 'ada' })
  expect(seen).toEqual([fiber])
})
