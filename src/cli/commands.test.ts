import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { InsideProject } from '../../test/support/cli-inside.ts'
import { commands } from './commands.ts'

vi.mock('./process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

let project: InsideProject

beforeAll(async () => {
  project = new InsideProject()
  // Handlers as any copy of fiber-work makes them, without resolving one from here.
  project.write(
    'jobs/mail.mjs',
    `const input = { '~standard': { version: 1, vendor: 'test', validate: (value) => value?.to ? { value } : { issues: [{ message: 'is missing', path: ['to'] }] } } }
     const definition = (name, queue, options = {}) => ({ name, queue: { name: queue, options: {} }, options, source: undefined, handle: () => {}, run: () => {} })
     export default [definition('mail', 'mails', { input }), definition('mail', 'more'), definition('tick', 'other')]`,
  )
  expect((await project.run('enqueue tick')).code).toBe(0)
})

afterAll(() => project.remove())

const stdin = (text: string) => {
  const spy = vi
    .spyOn(process, 'stdin', 'get')
    .mockReturnValue(Readable.from([Buffer.from(text)]) as unknown as typeof process.stdin)
  return { [Symbol.dispose]: () => spy.mockRestore() }
}

async function enqueue(options = ''): Promise<string> {
  return (await project.json<{ id: string }>(`enqueue mail '{"to":"a"}' --queue mails ${options}`)).id
}

describe('enqueue', () => {
  test('one, with everything', async () => {
    const id = await enqueue(
      '--priority 7 --delay 1h --group g --unique k --unique-mode keep --unique-for 1m --tag a --header x=y=z --attempts 3 --timeout off --id mine',
    )
    expect(id).toBe('mine')
    const record = await project.json(`status ${id}`)
    expect(record).toMatchObject({
      state: 'delayed',
      priority: 7,
      group: 'g',
      tags: ['a'],
      headers: { x: 'y=z' },
      input: { to: 'a' },
      unique: { key: 'k' },
    })
    const { stdout } = await project.run('status mine')
    for (const part of ['unique key', 'delayed', '"to": "a"', '{"x":"y=z"}', 'enqueued']) expect(stdout).toContain(part)
  })

  test('from stdin, and many as lines', async () => {
    {
      using _ = stdin('{"to":"a"}')
      expect(await project.json('enqueue mail - --queue mails')).toMatchObject({ outcome: 'added' })
    }
    using _ = stdin('{"to":"a"}\n\n{"to":"b"}')
    expect((await project.run('enqueue mail --queue mails --lines')).stdout).toBe('2 added\n')
  })

  test('unchecked, and by a moment', async () => {
    expect(
      (await project.run(`enqueue nobody 5 --unchecked --queue q --run-at 2099-01-01T00:00:00+01:00`)).stdout,
    ).toMatch(/^added \S+ in q\n$/)
  })

  test('--wait gives up in time', async () => {
    expect(await project.run(`enqueue tick --wait 50ms`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('FW_RESULT_TIMEOUT') as string,
    })
  })

  test.each([
    [`enqueue mail '{}'`, 65, 'queues mails, more'],
    [`enqueue mail '{}' --queue mails`, 65, '`to`: is missing'],
    [`enqueue mial`, 65, 'Did you mean "mail"?'],
    [`enqueue tick --queue mails`, 65, 'in the queue "mails"'],
    [`enqueue tick 5`, 65, 'takes no input'],
    [`enqueue tick {`, 65, 'not JSON'],
    [`enqueue tick --lines x`, 78, '--lines reads'],
    [`enqueue tick --delay x`, 78, '--delay is "x"'],
    [`enqueue tick --run-at now`, 78, '--run-at'],
    [`enqueue tick --header x`, 78, 'NAME=VALUE'],
    [`enqueue tick --unique-for 1s`, 78, '--unique KEY'],
    [`enqueue tick --unique a --unique-mode x`, 78, 'keep or replace'],
    [`enqueue tick --priority x`, 65, '"x"'],
  ])('%s: %i', async (args, code, says) => {
    expect(await project.run(args)).toEqual({ code, stdout: '', stderr: expect.stringContaining(says) as string })
  })
})

describe('asking', () => {
  test('stats, list, peek', async () => {
    await enqueue()
    expect((await project.run('stats')).stdout).toMatch(/QUEUE[^]*mails[^]*other[^]*No worker is running/)
    expect((await project.run('list --queue mails --limit 1')).stderr).toContain('--cursor')
    const { cursor } = await project.json<{ cursor: string }>('list --limit 1')
    expect((await project.run(`list --limit 1 --cursor ${cursor}`)).code).toBe(0)
    expect(
      await project.json('list --state ready --name mail --group none --tag none --id-prefix x --error y --older 1h'),
    ).toEqual({ jobs: [], cursor: null, read: 0 })
    expect((await project.run('list --tag nothing')).stdout).toBe('No such jobs.\n')
    expect(await project.json('peek mails --limit 1')).toMatchObject({ jobs: [{ name: 'mail' }] })
    expect((await project.run('peek mails')).stdout).toContain('mail')
    expect((await project.run('peek empty')).stdout).toBe('Nothing is ready.\n')
  })

  test.each([
    ['status nope', 1, 'FW_JOB_UNKNOWN'],
    ['list --state dun', 78, 'did you mean done?'],
    ['list --state zzzzzzzz', 78, 'allowed are blocked'],
    ['list --limit x', 78, 'from 1 to 1000'],
    ['list --from soon', 78, '--from is "soon"'],
    ['stats --url sqlite:./none.db', 78, 'There is no store'],
    ['stats --url sqlite:./%zz.db', 78, '%25'],
    ['stats --url memory:', 78, 'inside one process'],
    ['list --ledger redis://me:pw@127.0.0.1:1', 78, '`ledger` is for brokers'],
    ['stats --config none.ts', 78, 'does not exist'],
  ])('%s: %i', async (args, code, says) => {
    expect(await project.run(args)).toEqual({ code, stdout: '', stderr: expect.stringContaining(says) as string })
  })
})

describe('acting', () => {
  test('cancel and retry: ids, stdin, filters', async () => {
    const [one, two] = [await enqueue(), await enqueue('--tag bin')]
    expect((await project.run(`cancel ${one}`)).stdout).toBe(`cancelled ${one}\n`)
    expect(await project.json('cancel --tag bin')).toMatchObject({ outcomes: { cancelled: 1 } })
    using _ = stdin(`${one}\n${two}\n`)
    expect(await project.json('retry -')).toMatchObject({ outcomes: { retried: 2 } })
    expect((await project.run('retry --tag nothing')).stdout).toBe('No such jobs.\n')
  })

  test('many are summed up', async () => {
    {
      using _ = stdin('{"to":"a"}\n'.repeat(600))
      await project.run('enqueue mail --queue mails --lines')
    }
    expect((await project.run('cancel --queue mails --state ready')).stdout).toMatch(/^\d+ cancelled\n$/)
  })

  test('pause and resume', async () => {
    expect((await project.run('pause mials')).stderr).toContain('did you mean "mails"?')
    expect((await project.run('pause mails')).stdout).toBe('paused mails\n')
    expect((await project.run('doctor')).stdout).toContain('paused: mails')
    expect((await project.run('resume --all')).stdout).toContain('resumed mails')
  })

  test('purge', async () => {
    expect(await project.run('purge mails --state cancelled')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('--yes') as string,
    })
    expect((await project.run('purge mails --state cancelled --yes')).stdout).toMatch(/^\d+ removed\.\n$/)
  })

  test.each([
    ['cancel', 78, 'Say which jobs'],
    ['retry nope', 1, 'FW_JOB_UNKNOWN'],
    ['pause', 78, 'Say which queues'],
    ['purge mails', 78, '--state dead'],
    ['purge mails --state running', 78, 'cannot be purged'],
  ])('%s: %i', async (args, code, says) => {
    expect(await project.run(args)).toMatchObject({ code, stderr: expect.stringContaining(says) as string })
  })
})

describe('doctor', () => {
  test('all is well', async () => {
    const { ok, checks } = await project.json<{ ok: boolean; checks: { name: string; state: string }[] }>(
      'doctor --http 7077',
    )
    expect(ok).toBe(true)
    expect(checks.map(({ name }) => name)).toEqual([
      'version',
      'node',
      'files',
      'clock',
      'jobs',
      'http',
      'store',
      'durable',
      'driver',
    ])
    expect((await project.run('doctor')).stdout).toContain('All is well.')
  })

  test('what is wrong', async () => {
    project.write('broken.db', 'no store'.repeat(1_000))
    const { code, stdout } = await project.run(
      'doctor --url sqlite:./broken.db --jobs none --http 0.0.0.0:1 --concurrency 100000',
    )
    expect(code).toBe(1)
    for (const part of ['FAIL store', 'FAIL http', 'match no file', 'sockets will wait']) expect(stdout).toContain(part)
    expect((await project.run('doctor --url sqlite:./none.db --http 0.0.0.0:1 --http-insecure')).stdout).toMatch(
      /is not there yet[^]*/,
    )
    expect((await project.run('doctor --url memory:')).stdout).toContain('nothing survives the process')
    expect((await project.run('doctor --url sqlite:%zz')).code).toBe(1)
  })
})

describe('main', () => {
  beforeEach(() => vi.restoreAllMocks())

  test.each(['--help', '-h', 'help'])('%s lists every command', async (flag) => {
    const { stdout, code } = await project.run(flag)
    expect(code).toBe(0)
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
  })

  test.each(commands.map(({ name }) => name))('help %s', async (name) => {
    const { stdout, code } = await project.run(`help ${name}`)
    expect([code, stdout]).toEqual([0, expect.stringContaining(`fiber-work ${name}`)])
    for (const flag of ['--json', '--verbose', '--help']) expect(stdout).toContain(flag)
  })

  test('--version', async () => {
    expect((await project.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test.each([
    ['wrok', 'Did you mean "work"?'],
    ['zzzzzzzzzzzz', 'Known are work, '],
    ['stats --jsno', "Unknown option '--jsno'. Did you mean --json?"],
    ['status', "Missing required argument 'ID'."],
    ['status a b', 'Too many arguments'],
    ['--dashbaord', 'Did you mean --dashboard?'],
  ])('%s', async (args, says) => {
    expect(await project.run(args)).toEqual({ code: 78, stdout: '', stderr: expect.stringContaining(says) as string })
  })

  test('--json makes a document of an error, --verbose shows where it came from', async () => {
    expect(await project.json('status nope')).toMatchObject({
      error: {
        code: 'FW_JOB_UNKNOWN',
        message: expect.stringContaining('nope') as string,
        remedy: expect.any(String) as string,
      },
    })
    expect((await project.run('status nope --verbose')).stderr).toMatch(/\n +at /)
  })
})

describe('schedules', () => {
  const set = (more = '') => project.run(`schedules set s mail '{"to":"a"}' --queue mails ${more}`)

  test('set, list, next, run, pause, resume, remove', async () => {
    const made = await project.json(
      `schedules set s mail '{"to":"a"}' --queue mails --cron '0 3 * * *' --time-zone Europe/Berlin`,
    )
    expect(made).toMatchObject({
      outcome: 'added',
      id: 's',
      name: 'mail',
      queue: 'mails',
      cron: '0 3 * * *',
      paused: false,
    })
    expect((await set(`--cron '0 3 * * *' --time-zone Europe/Berlin`)).stdout).toContain('unchanged s')
    expect((await set('--every 15m')).stdout).toContain('every 15 m 00 s')
    expect((await project.json<{ next: string[] }>('schedules next s --count 3')).next).toHaveLength(3)
    expect(await project.json('schedules run s')).toMatchObject({ schedule: 's', outcome: 'added' })
    expect(await project.json('schedules pause s')).toEqual({ paused: 's' })
    expect((await project.run('schedules')).stdout).toMatch(/s +mail +mails +every 15 m 00 s +paused/)
    expect((await project.run('schedules next s')).stderr).toContain('is paused')
    expect(await project.json('schedules resume s')).toEqual({ resumed: 's' })
    expect(await project.json<{ schedules: unknown[] }>('schedules list')).toMatchObject({
      schedules: [{ id: 's', everyMs: 900_000 }],
    })
    expect(await project.json('schedules remove s')).toEqual({ removed: 's' })
    expect((await project.run('schedules')).stdout).toContain('No schedules yet')
  })

  test.each([
    ['schedules lst', /Did you mean list\?/],
    ['schedules pause', /Say which schedule to pause/],
    ['schedules pause nobody', /FW_SCHEDULE_UNKNOWN/],
    ['schedules remove nobody', /FW_SCHEDULE_UNKNOWN/],
    ['schedules next nobody', /FW_SCHEDULE_UNKNOWN/],
    ['schedules set t', /Say which job/],
    ['schedules set t tick', /give `cron` or `everyMs`/],
    ['schedules set t tick --every soon', /--every is "soon"/],
    [`schedules set t tick --cron '61 * * * *'`, /no pattern/],
    [`schedules set t tick --cron '0 1 * * *' --time-zone Mars`, /`timeZone` is "Mars"/],
    [`schedules set t mail '{' --queue mails --every 1h`, /not JSON/],
    [`schedules set t mail '{}' --queue mails --every 1h`, /is missing/],
  ])('%s is refused', async (args, says) => {
    const ran = await project.run(args)
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(says)
  })
})
