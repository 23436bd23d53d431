import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeLate, where } from '../../test/support/thread-jobs.ts'
import { start } from '../../test/support/thread-starter.ts'
import { working } from '../../test/support/work.ts'
import { connect, defineJob } from '../index.ts'
import type { AnyHandler } from '../job/definition.ts'
import { comesFrom } from '../job/place.ts'

afterEach(() => {
  delete process.env['FIBER_WORK_TEST_STARTS']
})

/** What `client.work()` says to a handler. */
async function refusal(handler: AnyHandler): Promise<unknown> {
  await using client = await connect('memory:')
  return await client.work([handler], { threads: 1 }).catch((error: unknown) => error)
}

describe('a worker does not start with a handler that no thread finds', () => {
  it('because it is made in a function', async () => {
    const error = await refusal(makeLate())
    expect(error).toMatchObject({ code: 'FW_THREAD_HANDLER' })
    expect(String(error)).toMatch(/thread-jobs\.ts does not define the handler "late" .* top of a file/)
  })

  it('because no file made it', async () => {
    for (const source of [undefined, 'REPL1', '[eval1]', '/nowhere/at/all.ts']) {
      const error = await refusal({ ...where, source })
      expect(error).toMatchObject({ code: 'FW_THREAD_HANDLER' })
      expect(String(error)).toMatch(/"where" was defined/)
    }
  })

  it('because its file starts a worker, or enqueues, when it is imported', async () => {
    for (const [what, call] of [
      ['work', 'client.work()'],
      ['enqueue', 'enqueue("starter")'],
    ] as const) {
      process.env['FIBER_WORK_TEST_STARTS'] = what
      const error: unknown = await start().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'FW_THREAD_HANDLER' })
      expect(String(error)).toContain(`called ${call}`)
      expect(String(error)).toContain('isMainThread')
    }
    delete process.env['FIBER_WORK_TEST_STARTS']
    await start()
  })

  it('because its file cannot be loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fiber-work-places-'))
    const file = join(folder, 'a file.mjs')
    writeFileSync(file, "\nthrow new Error('broken')")
    const broken = { ...where }
    comesFrom(broken, file)
    expect(String(await refusal(broken))).toContain(`${file}:2 could not be loaded: broken`)
    rmSync(folder, { recursive: true })
  })
})

it('threads: 0 runs everything on the event loop', async () => {
  const { client } = await working([where], { threads: 0 })
  expect(await (await client.enqueue(where)).result()).toMatchObject({ isMainThread: true })
})

it('memoryMbMax is for threads only', () => {
  expect(() => defineJob('x', { memoryMbMax: 64 }, () => {})).toThrow(/lane: 'thread'/)
  expect(() => defineJob('x', { lane: 'fast' as never }, () => {})).toThrow(/'loop' or 'thread'/)
})
