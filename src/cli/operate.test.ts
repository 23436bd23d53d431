import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Places, places, secret } from '../../test/support/cli-places.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

const both = new Places()
beforeAll(() => both.open())
afterAll(() => both.close())

/** Names that the runs of both places do not share. */
let count = 0

describe.each(places)('%s', (_, byApi) => {
  const at = () => (byApi ? ` --api ${both.url}` : '')
  const cli = (args: string, input?: string) => both.run(args + at(), input === undefined ? {} : { input })
  const json = <T = Record<string, unknown>>(args: string, input?: string) =>
    both.json<T>(args + at(), input === undefined ? {} : { input })

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
    expect(await json(`list --tag ${tag}`)).toMatchObject({ jobs: [{ id }], cursor: null, read: expect.any(Number) })
    expect(await json('peek mails --limit 1')).toMatchObject({ queue: 'mails', jobs: [{ priority: 9 }] })
    expect(await json('stats mails')).toMatchObject({ queues: [{ queue: 'mails' }] })
    expect(await json('stats')).toMatchObject({
      driver: 'sqlite',
      queues: expect.arrayContaining([expect.objectContaining({ queue: 'mails' })]),
      workers: [],
    })
    expect((await cli('stats')).stdout).toMatch(/^QUEUE +READY[^]*\nmails +\d[^]*No worker is running/)
  })

  test('list, preview and export by when jobs were enqueued', async () => {
    const tag = `t${count++}`
    const id = await enqueue({ to: 'a@acme' }, `--tag ${tag}`)
    const ids = async (flags: string) =>
      (await json<{ jobs: { id: string }[] }>(`list --tag ${tag} ${flags}`)).jobs.map((job) => job.id)
    expect(await ids('--from 1h')).toEqual([id])
    expect(await ids('--from 1h30m')).toEqual([id])
    expect(await ids('--from 1h --to 2099-01-01T00:00:00+01:00')).toEqual([id])
    expect(await ids('--to 1h')).toEqual([])
    expect(await ids('--from 2099-01-01T00:00:00Z')).toEqual([])
    expect((await cli(`export --tag ${tag} --to 1h --format ndjson`)).stdout.trim()).toBe('')
    expect(await json(`bulk cancel --tag ${tag} --to 1h --preview`)).toMatchObject({ count: 0, exact: true })
    expect(await json(`bulk cancel --tag ${tag} --from 1h --yes`)).toMatchObject({ acted: 1 })
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
    const edited = await both.json<{ id: string }>(`rerun ${id} --edit${at()}`, {
      env: { EDITOR: `sed -i 's/"n": 1/"n": 7/'` },
    })
    expect(await json(`status ${edited.id} --reveal`)).toMatchObject({ input: { apiKey: secret, n: 7 } })
    expect(await both.json(`rerun ${id} --edit${at()}`, { env: { EDITOR: 'true' } })).toEqual({
      id,
      outcome: 'unchanged',
    })
    expect(await both.run(`rerun ${id} --edit${at()}`, { env: { VISUAL: 'false' } })).toMatchObject({ end: 78 })
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
    await cli('pause mails --group acme')
    expect((await cli('limiters')).stdout).toMatch(/^mails +acme +it is resumed$/m)
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

  test('history', async () => {
    expect((await cli('history --last 10m')).stdout).toMatch(/^FROM/)
    const { points } = await json<{ points: unknown[] }>('history --last 10m --step 1m --queue mails')
    expect(points.length).toBeGreaterThanOrEqual(10)
    expect(await cli('history --last never')).toMatchObject({ end: 78 })
    expect(await cli('history --queue a/b')).toMatchObject({ end: 78 })
  })

  test('tokens and the audit log', async () => {
    expect((await cli('tokens')).stdout).toMatch(/There are no tokens|NAME/)
    const { entries } = await json<{ entries: { operation: string; details: object }[] }>('audit --limit 200')
    const operations = new Set(entries.map(({ operation }) => operation))
    for (const one of ['startBulk', 'rerunJob', 'pauseGroup', 'setLimits', 'putSchedule', 'getJob', 'listJobs'])
      expect(operations, one).toContain(one)
    expect(JSON.stringify(entries)).not.toContain('sk_live')
    expect((await cli('audit --limit 1')).stderr).toMatch(/There are more \(read 1\): --cursor/)
  })

  test('the audit log by who, what, on what, with what outcome and when', async () => {
    const queue = `q${count++}`
    await cli(`pause ${queue}`)
    await cli(`resume ${queue}`)
    const found = async (flags: string) => {
      const { entries } = await json<{ entries: { operation: string; details: object }[] }>(`audit ${flags}`)
      return entries.map(({ operation }) => operation)
    }
    expect(await found(`--queue ${queue}`)).toEqual(['resumeQueue', 'pauseQueue'])
    expect(await found(`--queue ${queue} --operation pauseQueue --outcome done`)).toEqual(['pauseQueue'])
    expect(await found(`--text '${queue} RESUME' --from 1h --to 2099-01-01T00:00:00Z`)).toEqual(['resumeQueue'])
    expect(await found(`--queue ${queue} --to 1h`)).toEqual([])
    expect(await found(`--queue ${queue} --outcome refused`)).toEqual([])
    expect((await cli('audit --actor nobody')).stdout).toBe('No such entries.\n')
    for (const [flags, says] of [
      ['--from never', '--from'],
      ['--to 2026-11-22', '--to'],
      ['--outcome failed', 'done, refused'],
    ])
      expect(await cli(`audit ${flags}`), flags).toMatchObject({ end: 78, stderr: expect.stringContaining(says!) })
    expect(await cli(`audit --queue a/b`)).toMatchObject({ end: 78 })
  })
})

describe('what an API knows of more than the store', () => {
  test('groups', async () => {
    const groups = [
      {
        ...{ ready: 1_200, running: 3, group: 'acme\x1b[2J', held: 'rate' as const, nextInMs: 1_400 },
        left: { rates: [{ tokens: 5, perMs: 10_000, burst: 8, left: 0, fullInMs: 16_000 }], nextInMs: 1_400 },
      },
      { ready: 0, running: 1 },
    ]
    Object.assign(both.client.driver.inspector!, { groups: async () => groups })
    expect(await both.json(`groups mails --api ${both.url}`)).toEqual({ queue: 'mails', groups })
    const { stdout } = await both.run(`groups mails --api ${both.url}`)
    expect(stdout).toMatch(
      /^GROUP +READY +RUNNING +HELD BY +LEFT +NEXT IN\nacme +1,200 +3 +rate +0 of 8 +1\.4 s\n\(none\) +0 +1\n$/,
    )
  })

  test('workers, and the processes beside it', async () => {
    expect(await both.json(`workers --api ${both.url}`)).toEqual({ workers: [], processes: [], missing: [] })
    expect((await both.run('workers')).stdout).toBe('No worker is running.\n')
  })

  test('a new token opens it, with its role and queues', async () => {
    const boss = await both.json<{ token: string }>('tokens add boss --role admin')
    const own = `--api ${both.url} --token ${boss.token}`
    // A server looks for tokens that it does not know a few times a second.
    await expect.poll(async () => (await both.run(`tokens ${own}`)).end).toBe(0)
    const { token } = await both.json<{ token: string }>(
      `tokens add mailer --role operate --only mails --only more-* --expires 1h --requests 50 ${own}`,
    )
    const env = { FIBER_WORK_TOKEN: token, FIBER_WORK_API: both.url }
    await expect.poll(async () => (await both.run('peek mails', { env })).end).toBe(0)
    expect(await both.run('peek other', { env })).toMatchObject({
      end: 77,
      stderr: expect.stringContaining('mails, more-*'),
    })
    expect(await both.run('purge mails --state dead --yes', { env })).toMatchObject({ end: 77 })
    expect((await both.run('tokens revoke mailer')).stdout).toBe('revoked mailer\n')
  })
})
