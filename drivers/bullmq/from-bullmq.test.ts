import { readFileSync } from 'node:fs'
import type { Job } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { working } from '../../test/support/work.ts'
import { blocksOf } from '../../test/readme/blocks.ts'
import { fromBullMQ } from './index.ts'

const page = readFileSync(new URL('../../docs/migrate-from-bullmq.md', import.meta.url), 'utf8')

/** The lines of a file that the page shows. */
function fileOf(name: string): string[] {
  const block = blocksOf(page).find(({ asks }) => asks.file === name)
  expect(block, name).toBeDefined()
  return block!.text.trimEnd().split('\n')
}

/** How many lines of `after` are not those of `before`, in their order: a longest common subsequence. */
function changedLines(before: string[], after: string[]): number {
  let row = Array.from({ length: after.length + 1 }, () => 0)
  for (const line of before) {
    const next = [0]
    for (const [i, other] of after.entries()) next.push(line === other ? row[i]! + 1 : Math.max(next[i]!, row[i + 1]!))
    row = next
  }
  return Math.max(before.length, after.length) - row.at(-1)!
}

describe('moving over', () => {
  it('the processor of the page changes in at most three lines', () => {
    const [before, after] = [fileOf('worker.ts'), fileOf('emails.ts')]
    expect(changedLines(before, after)).toBeLessThanOrEqual(3)
    expect(changedLines(before, after)).toBeGreaterThan(0)
    expect(changedLines(before, [...after, 'one', 'two'])).toBeGreaterThan(3)
  })

  it.each([
    [{ connection: {} }, /--url bullmq\+redis/],
    [{ concurrency: 5 }, /--concurrency/],
    [{ limiter: {} }, /setGlobalRateLimit/],
    [{ prefix: 'a' }, /\?prefix=mine/],
    [{ lockDuration: 1 }, /--lease/],
    [{ useWorkerThreads: true }, /import the function/],
    [{ nonsense: 1 }, /known are timeoutMs/],
  ])('%j is refused, with where it is said', (options, message) => {
    const define = () => fromBullMQ('emails', async () => {}, options as never)
    expect(define).toThrow(expect.objectContaining({ code: 'FW_JOB_INVALID' }))
    expect(define).toThrow(message)
  })

  it('a file as processor, and a name that a queue of ours cannot have', () => {
    expect(() => fromBullMQ('emails', './processor.js' as never)).toThrow(/takes a function, not "\.\/processor\.js"/)
    expect(() => fromBullMQ('e mails', async () => {})).toThrow(expect.objectContaining({ code: 'FW_NAME_INVALID' }))
  })

  it('a stray error is looked for in the file that called it', () => {
    expect(fromBullMQ('emails', async () => {}).source).toBe(import.meta.filename)
  })
})

describe('on a store that is not BullMQ’s', () => {
  it('a job stands in for BullMQ’s', async () => {
    const seen: unknown[] = []
    const processor = async (job: Job<{ to: string }>, token?: string) => {
      await job.updateProgress(50)
      await job.log('sending')
      const { id, name, queueName, data, attemptsMade, progress } = job
      seen.push({ id, name, queueName, data, attemptsMade, progress, token })
      if (job.attemptsMade === 0) throw new Error('once more')
      return job.timestamp
    }
    const handler = fromBullMQ('emails', processor)
    const { client } = await working([
      { ...handler, options: { ...handler.options, backoff: { kind: 'fixed', baseMs: 1 } } },
    ])
    const sent = await client.enqueue(handler, { to: 'ada' }, { id: 'one' })
    expect(await sent.result()).toBeGreaterThan(1.7e12)
    const job = { id: 'one', name: 'emails', queueName: 'emails', data: { to: 'ada' }, progress: 50, token: undefined }
    expect(seen).toEqual([
      { ...job, attemptsMade: 0 },
      { ...job, attemptsMade: 1 },
    ])
  })

  it('UnrecoverableError ends the job', async () => {
    const fatal = Object.assign(new Error('never'), { name: 'UnrecoverableError' })
    const handler = fromBullMQ('emails', () => Promise.reject(fatal))
    const { client } = await working([handler])
    const sent = await client.enqueue(handler, {})
    await expect(sent.result()).rejects.toMatchObject({ code: 'FW_JOB_DEAD' })
    expect(await sent.status()).toMatchObject({ attempts: 1 })
  })
})
