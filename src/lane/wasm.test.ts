import { expect, it } from 'vitest'
import { grows, shouts, spins, traps } from '../../test/support/thread-wasm.ts'
import { threadWorker } from '../../test/support/thread-work.ts'
import { heard } from '../../test/support/work.ts'

const made = threadWorker([shouts, traps, grows, spins])

it('WebAssembly runs in a thread, with JSON and the log of its job', async () => {
  const log = heard('job.log')
  const sent = await made.client.enqueueMany(shouts, [{ a: 'b' }, ['c', 1]])
  expect(await Promise.all(sent.map((one) => one.result()))).toEqual([{ A: 'B' }, ['C', 1]])
  expect(log.map(({ id, message }) => [id, message])).toEqual(
    expect.arrayContaining([
      [sent[0]!.id, '{"a":"b"}'],
      [sent[1]!.id, '["c",1]'],
    ]),
  )
})

it('a trap, memory beyond the limit and an endless loop fail their jobs and nobody else', async () => {
  const terminated = heard('thread.terminated')
  const failure = async (sent: { result: () => Promise<unknown> }) =>
    sent.result().catch((error: unknown) => (error as Error).message)
  const endless = await made.client.enqueue(spins, 1)
  expect(await failure(await made.client.enqueue(traps, 1))).toMatch(/RuntimeError: unreachable/)
  expect(await failure(await made.client.enqueue(grows, 1))).toMatch(/RuntimeError: unreachable/)
  expect(await failure(endless)).toMatch(/FW_HANDLER_TIMEOUT/)
  expect(terminated).toMatchObject([{ name: 'spins', why: 'unanswered' }])
  expect(await (await made.client.enqueue(shouts, { still: 'here' })).result()).toEqual({ STILL: 'HERE' })
})
