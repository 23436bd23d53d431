import { isMainThread } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { working } from '../../test/support/work.ts'
import { where } from '../../test/support/thread-jobs.ts'

it('runs in a thread', async () => {
  const { client } = await working([where], { threads: 1 })
  const first = await (await client.enqueue(where)).result()
  expect(first).toMatchObject({ isMainThread: false })
})
