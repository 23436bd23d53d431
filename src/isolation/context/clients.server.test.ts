import { beforeAll, describe, expect, it } from 'vitest'
import { sharedRedis } from '../../../test/support/redis.ts'
import { type ClientReport, reportOn } from './report.ts'
import { targetsOf } from './targets.ts'

const required = process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1'
const local = {
  pg: process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test',
  mysql2: process.env['MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/test',
}

async function look(client: string): Promise<ClientReport> {
  const [target] = targetsOf({ asked: [client], own: [], storeUrl: '', variables: {} })
  return (await reportOn(target!, process.cwd(), { jobs: 50, deadlineMs: 10_000 }))!
}

const styles = ({ ways = [] }: ClientReport) => {
  const found: Record<string, string[]> = {}
  for (const { style, verdict } of ways) (found[style] ??= []).push(verdict)
  return found
}

const freed = { direct: { held: 4, of: 4 }, outside: { held: 0, of: 4 } }

describe('what Node and undici do', () => {
  it.each(['undici', 'fetch', 'node:http'])(
    '%s keeps its job, and holds that in which it connected',
    async (client) => {
      const report = await look(client)
      expect(report).toMatchObject({ state: 'ok', opened: freed })
      expect(report.ways?.filter(({ verdict }) => verdict !== 'kept')).toEqual([])
      expect(report.ways?.length).toBeGreaterThan(2)
    },
  )

  it('node:sqlite keeps its job, and holds none', async () => {
    expect(await look('node:sqlite')).toMatchObject({
      state: 'ok',
      opened: { direct: { held: 0 }, outside: { held: 0 } },
    })
  })
})

describe('clients of servers', () => {
  let redis: string | undefined
  beforeAll(async () => void (redis = await sharedRedis()))

  it('ioredis keeps its job, but in the listeners of a subscriber', async (context) => {
    if (redis === undefined) return context.skip('needs Redis')
    const report = await look(`redis=${redis}`)
    expect(styles(report)).toEqual({
      promise: ['kept', 'kept'],
      then: ['kept'],
      callback: ['kept'],
      event: ['lost'],
      stream: ['kept'],
    })
    expect(report).toMatchObject({ state: 'warn', opened: freed })
  })

  it('pg keeps its job in promises, and its callbacks bleed (node-postgres#2533)', async (context) => {
    const report = await look(`pg=${local.pg}`)
    if (report.error !== undefined && !required) return context.skip(`needs Postgres: ${report.error}`)
    expect(styles(report)).toEqual({
      promise: ['kept'],
      then: ['kept'],
      pooled: ['kept'],
      callback: ['bleeds', 'bleeds'],
      event: ['bleeds'],
    })
    expect(report).toMatchObject({ state: 'warn', opened: freed })
  })

  it('mysql2 keeps its job in promises, and its callbacks bleed', async (context) => {
    const report = await look(`mysql2=${local.mysql2}`)
    if (report.error !== undefined && !required) return context.skip(`needs MySQL: ${report.error}`)
    expect(styles(report)).toEqual({
      promise: ['kept', 'kept'],
      then: ['kept'],
      pooled: ['kept'],
      callback: ['bleeds', 'bleeds'],
      event: ['bleeds'],
      stream: ['kept'],
    })
    expect(report).toMatchObject({ state: 'warn', opened: freed })
    expect(report.ways?.find(({ verdict }) => verdict === 'bleeds')?.advice).toContain('mysql2/promise')
  })

  it.each([
    ['redis', 'redis://127.0.0.1:1'],
    ['pg', 'postgres://127.0.0.1:1/test'],
    ['mysql2', 'mysql://127.0.0.1:1/test'],
  ])('%s without a server is reported', async (client, url) => {
    const report = await look(`${client}=${url}`)
    expect(report.state).toBe('fail')
    expect(JSON.stringify(report)).toMatch(/ECONNREFUSED|closed/)
  })
})
