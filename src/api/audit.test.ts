import { describe, expect, it } from 'vitest'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { systemEnv } from '../base/env.ts'
import { AuditLog } from './audit.ts'
import type { AuditFilter } from './audit-filter.ts'
import type { Caller } from './auth/caller.ts'

const startMs = Date.parse('2026-11-22T14:00:00Z')
const ada: Caller = { name: 'ada', role: 'admin', address: '10.0.0.7' }
const grace: Caller = { name: 'grace', role: 'operate' }

/** A log in which a second passes with each entry. */
async function log() {
  let nowMs = startMs
  const env = { ...systemEnv, nowMs: () => nowMs }
  const driver = memoryDriver({ store: createMemoryStore() })
  await driver.open()
  const ledger = driver.ledger!
  const audit = new AuditLog(env, () => ledger)
  const add = async (...given: Parameters<AuditLog['add']>) => {
    await audit.add(...given)
    nowMs += 1_000
  }
  /** What was done, page by page. */
  const all = async (filter: AuditFilter, limit = 500) => {
    const found: string[] = []
    let [cursor, pages] = [undefined as string | undefined, 0]
    do {
      const page = await audit.list(filter, limit, cursor)
      expect(page.entries.length).toBeLessThanOrEqual(limit)
      found.push(...page.entries.map(({ operation, actor }) => `${actor} ${operation}`))
      cursor = page.cursor
      pages += 1
    } while (cursor !== undefined)
    return { found, pages }
  }
  return { audit, add, all, ledger }
}

describe('what is looked for in the audit log', () => {
  const done: [Parameters<AuditLog['add']>, ...unknown[]][] = [
    [[ada, 'pauseQueue', { queue: 'mails' }]],
    [[grace, 'startBulk', { action: 'retry', filter: { queue: 'mails', error: 'SMTP down' } }]],
    [[grace, 'addToken', { name: 'ci', queues: ['mails'] }, 'FW_API_FORBIDDEN']],
    [[ada, 'cancelJob', { id: 'job-7' }]],
    [[grace, 'pauseQueue', { queue: 'other' }]],
  ]

  it.each<[AuditFilter, number[]]>([
    [{}, [4, 3, 2, 1, 0]],
    [{ actor: 'ada' }, [3, 0]],
    [{ actor: 'ad' }, []],
    [{ operation: 'pauseQueue' }, [4, 0]],
    [{ queue: 'mails' }, [2, 1, 0]],
    [{ outcome: 'refused' }, [2]],
    [{ outcome: 'done', actor: 'grace' }, [4, 1]],
    [{ text: 'pause queue' }, [4, 0]],
    [{ text: 'smtp RETRY' }, [1]],
    [{ text: 'job-7' }, [3]],
    [{ text: '10.0.0.7' }, [3, 0]],
    [{ text: 'forbidden' }, [2]],
    [{ fromMs: startMs + 3_000 }, [4, 3]],
    [{ toMs: startMs + 3_000 }, [2, 1, 0]],
    [{ fromMs: startMs + 1_000, toMs: startMs + 3_000, outcome: 'done' }, [1]],
    [{ toMs: 0 }, []],
    [{ toMs: 8.64e15 }, [4, 3, 2, 1, 0]],
    [{ fromMs: 8.64e15 }, []],
  ])('%o', async (filter, meant) => {
    const { add, all } = await log()
    for (const [given] of done) await add(...given)
    const expected = meant.map((at) => `${done[at]![0][0].name} ${done[at]![0][1]}`)
    for (const limit of [1, 2, 500]) expect((await all(filter, limit)).found).toEqual(expected)
  })

  it('is looked for in the whole of it, a bounded piece a page, each of which says how far it has come', async () => {
    const { audit, add, all, ledger } = await log()
    await add(ada, 'pauseQueue', { queue: 'mails' })
    const writes = Array.from({ length: 12_000 }, (_, n) => ({
      key: `audit:${String(9_999_999_999_999 - startMs - 2_000 - n).padStart(13, '0')}-000000000000`,
      value: JSON.stringify({
        atMs: startMs + 2_000 + n,
        actor: 'grace',
        role: 'operate',
        operation: 'resumeQueue',
        details: {},
      }),
    }))
    for (let at = 0; at < writes.length; at += 1_000) await ledger.write(writes.slice(at, at + 1_000))
    const first = await audit.list({ actor: 'ada' }, 10)
    expect(first).toMatchObject({ entries: [], cursor: expect.any(String), read: 10_000, readToMs: startMs + 4_000 })
    expect(await all({ actor: 'ada' }, 10)).toEqual({ found: ['ada pauseQueue'], pages: 2 })
    expect(await all({ actor: 'ada', fromMs: startMs + 5_000 }, 10)).toEqual({ found: [], pages: 1 })
  })

  it('an entry that somebody has damaged ends no page', async () => {
    const { audit, add, all, ledger } = await log()
    for (const [given] of done) await add(...given)
    const [, second] = await ledger.list('audit:', 2)
    await ledger.write([{ key: second!.key, value: '{' }])
    const page = await audit.list({}, 2)
    expect(page.entries.map(({ operation }) => operation)).toEqual(['pauseQueue', 'addToken'])
    expect((await all({}, 2)).found).toHaveLength(4)
  })
})
