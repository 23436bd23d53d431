import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ApiServer, serve } from '../api/server.ts'
import { Definitions } from '../api/definitions.ts'
import { connect } from '../connect/connect.ts'
import type { Client } from '../connect/client.ts'
import { InsideProject } from '../../test/support/cli-inside.ts'
import { loadJobs } from './load/jobs.ts'
import { noFleet } from './with-api.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

let project: InsideProject
let server: ApiServer
let store: Client

const secret = `sk_live_${'q'.repeat(24)}`

beforeAll(async () => {
  project = new InsideProject()
  // A handler as any copy of fiber-work makes it, without resolving one from here.
  project.write(
    'jobs/mail.mjs',
    `const validate = (value) => typeof value?.to === 'string' ? { value } : { issues: [{ message: 'is missing', path: ['to'] }] }
     const options = { input: { '~standard': { version: 1, vendor: 'test', validate } }, tenant: ({ to }) => to.split('@')[1], sensitive: ['note'] }
     export default { name: 'mail', queue: { name: 'mails', options: {} }, options, source: undefined, handle: () => {}, run: () => {} }`,
  )
  await project.run(`enqueue mail '{"to":"first@acme"}'`)
  store = await connect('sqlite:./fiber-work.db')
  const health = async () => ({ ok: true, ready: true, reasons: [], workers: [] })
  server = await serve({ address: { host: '127.0.0.1', port: 0 }, health })
  const { handlers } = await loadJobs(['jobs'], process.cwd())
  await server.open({ client: store, fleet: noFleet, definitions: new Definitions(handlers) })
})

afterAll(async () => {
  await server.close()
  await store.close()
  project.remove()
})

/** Runs with this on stdin and in the environment. */
async function run(args: string, { input, env = {} }: { input?: string; env?: Record<string, string> } = {}) {
  const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)])
  const spy = vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as unknown as typeof process.stdin)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    const { code: end, ...said } = await project.run(args)
    return { end, ...said }
  } finally {
    vi.unstubAllEnvs()
    spy.mockRestore()
  }
}

async function document<T>(args: string, options: Parameters<typeof run>[1] = {}): Promise<T> {
  const { stdout, stderr } = await run(`${args} --json`, options)
  try {
    return JSON.parse(stdout) as T
  } catch {
    throw new Error(`not one JSON document: ${stdout}\n${stderr}`)
  }
}

const places = [
  ['on the store', ''],
  ['by the API', '--api'],
] as const

/** Names that the runs of both places do not share. */
let count = 0

describe.each(places)('%s', (_, flag) => {
  const at = () => (flag === '' ? '' : ` --api ${server.url}`)
  const cli = (args: string, input?: string) => run(args + at(), input === undefined ? {} : { input })
  const json = <T = Record<string, unknown>>(args: string, input?: string) =>
    document<T>(args + at(), input === undefined ? {} : { input })

  const enqueue = async (input: object, more = '') => {
    const { id } = await json<{ id: string }>(`enqueue mail '${JSON.stringify(input)}' ${more}`)
    return id
  }

  test('enqueue, status, list, peek, stats', async () => {
    const tag = `t${count++}`
    const id = await enqueue({ to: 'a@acme', apiKey: secret, note: 'between us' }, `--tag ${tag} --priority 9`)
    const job = await json(`status ${id}`)
    expect(job).toMatchObject({ id, state: 'ready', group: 'acme', payloads: 'masked', input: { to: 'a@acme' } })
    expect(JSON.stringify(job)).not.toMatch(/sk_live|between us/)
    expect(await json(`status ${id} --reveal`)).toMatchObject({ input: { apiKey: secret, note: 'between us' } })
    expect((await cli(`status ${id}`)).stdout).toMatch(/^enqueued +\d{4}-/m)
    expect(await json(`list --tag ${tag}`)).toMatchObject({ jobs: [{ id }], cursor: null, read: 1 })
    expect(await json('peek mails --limit 1')).toMatchObject({ queue: 'mails', jobs: [{ priority: 9 }] })
    expect(await json('stats mails')).toMatchObject({ queues: [{ queue: 'mails' }] })
    expect(await json('stats')).toMatchObject({
      driver: 'sqlite',
      queues: expect.arrayContaining([expect.objectContaining({ queue: 'mails' })]),
      workers: [],
    })
    expect((await cli('stats')).stdout).toMatch(/^QUEUE +READY[^]*\nmails +\d[^]*No worker is running/)
  })

  test('lines: good ones are enqueued, the first bad one is told', async () => {
    const tag = `t${count++}`
    const ran = await cli(`enqueue mail --lines --tag ${tag}`, '{"to":"a@x"}\n{"to":5}\n\n{"to":"b@x"}\n')
    expect([ran.end, ran.stdout]).toEqual([65, '2 added, 1 refused\n'])
    expect(ran.stderr).toMatch(/FW_INPUT_INVALID: Input 2: /)
    const many = await json<{ ids: string[] }>(`enqueue mail --lines --tag ${tag}`, '{"to":"a@x"}\n'.repeat(1_200))
    expect(new Set(many.ids).size).toBe(1_200)
    expect(many).toMatchObject({ outcomes: { added: 1_200 } })
    const { jobs, read } = await json<{ jobs: unknown[]; read: number }>(`list --tag ${tag} --all`)
    expect([jobs.length, read]).toEqual([1_202, expect.any(Number)])
    const paged = await cli(`list --tag ${tag} --limit 600`)
    expect(paged.stderr).toMatch(/There are more \(read [\d,]+ jobs, back to \d{4}-\S+ \S+ \S+\): --cursor \S+/)
    const [, cursor] = /--cursor (\S+)/.exec(paged.stderr)!
    expect((await json<{ jobs: unknown[] }>(`list --tag ${tag} --all --cursor ${cursor}`)).jobs).toHaveLength(602)
  })

  test('cancel and retry: by ids, by filters with a rate', async () => {
    const tag = `t${count++}`
    const ids = [await enqueue({ to: 'a@b' }, `--tag ${tag}`), await enqueue({ to: 'a@b' }, `--tag ${tag}`)]
    expect(await json(`cancel ${ids[0]} nope`)).toMatchObject({
      outcomes: { cancelled: 1, unknown: 1 },
      jobs: [{ id: ids[0], outcome: 'cancelled' }, { outcome: 'unknown' }],
    })
    expect(await json(`cancel --tag ${tag}`)).toMatchObject({
      outcomes: { cancelled: 1 },
      task: { state: 'done', action: 'cancel', acted: 1 },
    })
    expect((await cli(`retry --tag ${tag} --rate 1000`)).stdout).toBe('2 retried\n')
    expect((await cli(`retry -`, ids.join('\n'))).stdout).toBe(`waiting ${ids[0]}\nwaiting ${ids[1]}\n`)
    expect(await cli('retry nope')).toMatchObject({ end: 1, stderr: expect.stringContaining('FW_JOB_UNKNOWN') })
  })

  test('bulk: preview, asking, doing, watching', async () => {
    const tag = `t${count++}`
    await json(`enqueue mail --lines --tag ${tag}`, '{"to":"a@x"}\n'.repeat(30))
    expect(await json(`bulk cancel --tag ${tag} --preview`)).toMatchObject({ count: 30, exact: true })
    expect((await cli(`bulk cancel --tag ${tag} --preview`)).stdout).toMatch(/^30 jobs; the newest:/)
    expect(await cli(`bulk cancel --tag ${tag}`)).toMatchObject({
      end: 78,
      stderr: expect.stringContaining('Cancel 30 jobs at'),
    })
    const done = await json<{ id: string }>(`bulk cancel --tag ${tag} --yes`)
    expect(done).toMatchObject({ state: 'done', acted: 30, expected: 30, outcomes: { cancelled: 30 } })
    expect(await json(`bulk status ${done.id}`)).toMatchObject({ id: done.id, state: 'done' })
    expect((await cli('bulk')).stdout).toContain(done.id)
    expect((await cli(`bulk status ${done.id}`)).stdout).toMatch(/^done +30 of 30$/m)
    expect(await json(`bulk remove --tag ${tag} --state cancelled --yes`)).toMatchObject({ outcomes: { removed: 30 } })
  })

  test('rerun: as it was, with another input, patched; secrets are kept', async () => {
    const id = await enqueue({ to: 'a@acme', apiKey: secret, n: 1 })
    const again = await json<{ id: string }>(`rerun ${id} --patch '{"n":2}'`)
    expect(again).toMatchObject({ outcome: 'added', of: id, queue: 'mails' })
    expect(await json(`status ${again.id} --reveal`)).toMatchObject({
      input: { to: 'a@acme', apiKey: secret, n: 2 },
      group: 'acme',
    })
    const other = await json<{ id: string }>(`rerun ${id} --input '{"to":"b@acme"}'`)
    expect(await json(`status ${other.id}`)).toMatchObject({ input: { to: 'b@acme' } })
    const edited = await document<{ id: string }>(`rerun ${id} --edit${at()}`, {
      env: { EDITOR: `sed -i 's/"n": 1/"n": 7/'` },
    })
    expect(await json(`status ${edited.id} --reveal`)).toMatchObject({ input: { apiKey: secret, n: 7 } })
    expect(await document(`rerun ${id} --edit${at()}`, { env: { EDITOR: 'true' } })).toEqual({
      id,
      outcome: 'unchanged',
    })
    expect(await run(`rerun ${id} --edit${at()}`, { env: { VISUAL: 'false' } })).toMatchObject({ end: 78 })
  })

  test('purge and purge-dead', async () => {
    expect(await cli('purge mails --state cancelled')).toMatchObject({
      end: 78,
      stderr: expect.stringContaining('--yes'),
    })
    const { removed } = await json<{ removed: number }>('purge mails --state ready --yes')
    expect(removed).toBeGreaterThan(0)
    expect(await json('peek mails')).toEqual({ queue: 'mails', jobs: [] })
    expect((await cli('purge-dead --all --yes')).stdout).toBe('0 removed.\n')
    expect((await cli('purge-dead --yes')).end).toBe(78)
  })

  test('pause and resume: queues, and a group', async () => {
    await enqueue({ to: 'a@acme' })
    expect(await json('pause mails')).toEqual({ paused: ['mails'] })
    expect(await json('stats mails')).toMatchObject({ queues: [{ paused: true }] })
    expect((await cli('resume --all')).stdout).toMatch(/^resumed mails$/m)
    expect((await cli('pause mials')).stderr).toContain('did you mean "mails"?')
    await cli('resume mials')
    expect(await json('pause mails --group acme --for 1h')).toEqual({
      paused: ['mails'],
      group: 'acme',
      forMs: 3_600_000,
    })
    expect(await json('limiters')).toMatchObject({ frozen: [{ queue: 'mails', group: 'acme' }] })
    expect((await cli('resume mails --group acme')).stdout).toBe('resumed acme of mails\n')
    expect(await json('limiters')).toMatchObject({ frozen: [] })
  })

  test('limits: set, changed one by one, lifted; frozen', async () => {
    const set = await json('limits set mails --rate 100/1s --rate 3000/1h+3000 --at-once 5 --depth 10000')
    expect(set).toMatchObject({
      queue: 'mails',
      limits: {
        queue: {
          rates: [{ tokens: 100, perMs: 1_000, burst: 100 }, { burst: 3_000 }],
          concurrencyMax: 5,
          depthMax: 10_000,
        },
      },
    })
    expect(await json('limits set mails --at-once off --rate off')).toMatchObject({
      limits: { queue: { depthMax: 10_000 } },
    })
    expect(await json('limits set mails --group acme --weight 3 --quota 1000/1d')).toMatchObject({
      limits: { group: { acme: { weight: 3, quota: { jobs: 1_000, perMs: 86_400_000 } } } },
    })
    expect((await cli('limits mails')).stdout).toMatch(/group acme +1000 each 1 d 00 h, weight 3/)
    expect((await cli('limits freeze mails --for 5m')).stdout).toMatch(/frozen until \d{4}.*: the whole queue/)
    expect((await cli('limits unfreeze mails')).stdout).not.toContain('frozen')
    await cli('limits clear mails --group acme')
    expect(await json('limits clear mails')).toMatchObject({ limits: { queue: {}, frozen: [] } })
  })

  test('schedules', async () => {
    const made = await json(`schedules set s mail '{"to":"a@b","apiKey":"${secret}"}' --every 15m`)
    expect(made).toMatchObject({ id: 's', everyMs: 900_000, name: 'mail', queue: 'mails' })
    expect(JSON.stringify(made)).not.toContain('sk_live')
    expect((await json<{ next: string[] }>('schedules next s --count 3')).next).toHaveLength(3)
    expect(await json('schedules run s')).toMatchObject({ schedule: 's', outcome: 'added' })
    expect((await cli('schedules')).stdout).toMatch(/s +mail +mails +every 15 m 00 s/)
    expect(await json('schedules remove s')).toEqual({ removed: 's' })
  })

  test('export: NDJSON, JSON, CSV that no spreadsheet runs', async () => {
    const tag = `t${count++}`
    await enqueue({ to: `=cmd|' /C calc'!A0`.replaceAll("'", ''), n: -5, apiKey: secret }, `--tag ${tag}`)
    await json(`enqueue mail --lines --tag ${tag}`, '{"to":"a@x"}\n'.repeat(1_100))
    const lines = (await cli(`export --tag ${tag}`)).stdout.trim().split('\n')
    expect(lines).toHaveLength(1_101)
    expect(JSON.parse(lines[0]!)).toMatchObject({ name: 'mail', tags: [tag] })
    expect(JSON.parse((await cli(`export --tag ${tag} --format json --fields id,input.to`)).stdout)).toHaveLength(1_101)
    expect(await json(`export --tag nothing`)).toEqual([])
    const csv = await cli(`export --tag ${tag} --format csv --fields input.to,input.n,input.apiKey,input.none`)
    const rows = csv.stdout.split('\r\n')
    expect(rows[0]).toBe('input.to,input.n,input.apiKey,input.none')
    expect(rows.at(-2)).toBe(`'=cmd| /C calc!A0,-5,[redacted],`)
    expect((await cli(`export --tag ${tag} --format csv --fields input.apiKey --reveal`)).stdout).toContain(secret)
    expect((await cli(`export --tag ${tag} --limit 3`)).stdout.trim().split('\n')).toHaveLength(3)
  })

  test('tokens and the audit log', async () => {
    expect((await cli('tokens')).stdout).toMatch(/There are no tokens|NAME/)
    const { entries } = await json<{ entries: { operation: string; details: object }[] }>('audit --limit 200')
    const operations = new Set(entries.map(({ operation }) => operation))
    for (const one of ['startBulk', 'rerunJob', 'pauseGroup', 'setLimits', 'putSchedule', 'getJob', 'listJobs'])
      expect(operations, one).toContain(one)
    expect(JSON.stringify(entries)).not.toContain('sk_live')
    expect((await cli('audit --limit 1')).stderr).toMatch(/There are more: --cursor/)
  })

  test.each([
    ['status nope', 1, 'FW_JOB_UNKNOWN'],
    ['status ..', 65, 'FW_API_INVALID'],
    [`status ''`, 65, 'FW_API_INVALID'],
    [`status ${'x'.repeat(300)}`, 65, 'FW_API_INVALID'],
    ['pause mails --group ..', 65, 'FW_API_INVALID'],
    ['pause mails --group a --group b other', 78, 'one queue'],
    ['pause mails --for 5m', 78, '--group'],
    ['peek ../../etc', 65, 'FW_API_INVALID'],
    ['peek mails --limit 101', 78, 'from 1 to 100'],
    [`list --name 'no such'`, 65, 'FW_API_INVALID'],
    [`enqueue mail '{"to":1}'`, 65, 'FW_INPUT_INVALID'],
    [`enqueue mial '{}'`, 65, 'Did you mean "mail"?'],
    [`enqueue mail '{"to":"a","n":1e999}'`, 65, 'FW_INPUT'],
    [`enqueue mail '${'['.repeat(3_000)}'`, 65, 'FW_INPUT_INVALID'],
    [`rerun nope`, 1, 'FW_JOB_UNKNOWN'],
    [`rerun nope --patch '{'`, 65, 'not JSON'],
    [`rerun nope --patch {} --input {}`, 78, 'one of them'],
    [`bulk status nope`, 1, 'FW_API_NOT_FOUND'],
    [`bulk retyr`, 78, 'Did you mean retry?'],
    [`bulk remove --queue mails --yes`, 78, '--state dead'],
    [`bulk retry --yes`, 78, 'Say which jobs'],
    [`retry --queue mails --rate 0`, 78, '--rate is "0"'],
    [`limits set mails`, 78, 'Say what to set'],
    [`limits set mails --rate 5`, 78, '100/1s'],
    [`limits set mails --weight 2`, 65, 'weight'],
    [`limits set mails --at-once 1e9`, 78, '--at-once is "1e9"'],
    [`limits freeze mails`, 78, '--for 15m'],
    [`limits`, 78, 'Say of which queue'],
    [`tokens add x --role god`, 78, 'allowed are read'],
    [`tokens add x`, 78, '--role'],
    [`tokens revoke nobody`, 1, 'FW_API_NOT_FOUND'],
    [`export --fields id,inputs`, 78, 'did you mean input?'],
    [`export --format xls`, 78, 'allowed are csv'],
    [`schedules set t mail '{}' --cron '61 * * * *'`, 65, 'FW_'],
    [`schedules pause nobody`, 1, 'FW_SCHEDULE_UNKNOWN'],
    [`audit --cursor '../x'`, 65, 'FW_API_INVALID'],
    [`stats --watch 1ms`, 78, '--watch is "1ms"'],
    [`dead mails --limit x`, 78, '--limit is "x"'],
  ])('%s: %i', async (args, code, says) => {
    const { end, stdout, stderr } = await cli(args)
    expect([end, stdout, stderr]).toEqual([code, '', expect.stringContaining(says)])
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('an error is the document with --json', async () => {
    expect(await json('status nope')).toEqual({
      error: { code: 'FW_JOB_UNKNOWN', message: expect.any(String), remedy: expect.any(String) },
    })
  })
})

describe('which of them is asked', () => {
  test('a store and an API at once is neither', async () => {
    const ran = await run(`stats --api ${server.url} --url sqlite:./fiber-work.db`)
    expect(ran).toMatchObject({ end: 78, stderr: expect.stringContaining('give one of them') })
  })

  test('a flag means more than a variable', async () => {
    const env = { FIBER_WORK_API: 'http://127.0.0.1:1' }
    expect((await run('stats --url sqlite:./fiber-work.db', { env })).end).toBe(0)
    expect((await run('stats', { env: { FIBER_WORK_API: server.url, FIBER_WORK_URL: 'sqlite:./none.db' } })).end).toBe(
      0,
    )
  })

  test('an API that is not there, is none, or wants a token', async () => {
    const gone = await run('list --api http://127.0.0.1:1')
    expect(gone).toMatchObject({ end: 69, stderr: expect.stringContaining('FW_API_UNREACHABLE') })
    expect((await run('list --api ftp://x')).end).toBe(78)
    expect((await run(`enqueue mail {} --unchecked --api ${server.url}`)).end).toBe(78)
    const { token } = await document<{ token: string }>('tokens add reader --role read --expires 1h')
    await document('tokens add boss --role admin')
    expect(await run(`list --api ${server.url} --token nonsense`)).toMatchObject({
      end: 77,
      stderr: expect.stringContaining('FW_API_UNAUTHENTICATED'),
    })
    const env = { FIBER_WORK_TOKEN: token, FIBER_WORK_API: server.url }
    // A server looks for new tokens once a second.
    await expect.poll(async () => (await run('stats', { env })).end, { timeout: 5_000 }).toBe(0)
    const { jobs } = await document<{ jobs: { payloads: string; id: string }[] }>('list --limit 1', { env })
    expect(jobs[0]).toMatchObject({ payloads: 'hidden' })
    expect((await run(`status ${jobs[0]!.id}`, { env })).end).toBe(0)
    for (const args of [`status ${jobs[0]!.id} --reveal`, 'export --reveal', 'pause mails', 'audit', 'tokens'])
      expect(await run(args, { env }), args).toMatchObject({
        end: 77,
        stderr: expect.stringContaining('FW_API_FORBIDDEN'),
      })
    expect((await run('tokens')).stdout).toMatch(/reader +read +all/)
    for (const name of ['reader', 'boss']) expect((await run(`tokens revoke ${name}`)).end).toBe(0)
  })
})
