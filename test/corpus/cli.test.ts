import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, afterAll, describe, expect, test, vi } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { errorCodes } from '../../src/contract/errors.ts'
import { connect } from '../../src/connect/connect.ts'
import { defineJob } from '../../src/job/definition.ts'
import { unchecked } from '../../src/job/schema.ts'
import { cliSlots, run, type Said } from './doors/cli.ts'
import { ownFolder } from './doors/served.ts'
import { labelOf, thinned } from './expand.ts'
import { ids } from './families/ids.ts'
import { keys } from './families/keys.ts'
import { names } from './families/names.ts'
import { durations, moments, numbers } from './families/options.ts'
import { oddJson, readAsJson, refusedJson } from './families/payloads.ts'
import { damages } from './families/stored.ts'
import { patterns, noZones } from './families/times.ts'
import { type Ask, runAll } from './laws/calm.ts'
import { canaries, leaked } from './laws/canaries.ts'
import { count } from './laws/count.ts'
import { damagedJob } from './laws/damaged.ts'

vi.mock('../../src/cli/process.ts', () => ({
  leave: (code: number | undefined) => (process.exitCode = code ?? 0),
  survivePipes: () => {},
}))

const home = process.cwd()
let folder: string
beforeAll(() => {
  process.env['NO_COLOR'] = '1'
})
afterAll(() => process.chdir(home))

const known = new Set<number>(Object.values(exitCodes).map(({ code }) => code))

/** The laws of every command: an exit code that is documented, an error of ours, nothing that steers a terminal, no secret. */
function lawful({ code, stdout, stderr }: Said): void {
  const told = stdout + stderr
  if (!known.has(code) || code === exitCodes.condemned.code) throw new Error(`exit code ${code}: ${told.slice(0, 300)}`)
  if (/^error:/m.test(stderr) || /not an error of yours/.test(told)) throw new Error(stderr.slice(0, 400))
  const [, named] = /error (FW_\w+):/.exec(stderr) ?? []
  if (code !== 0 && stderr !== '' && (named === undefined || !(named in errorCodes)))
    throw new Error(`no code of ours: ${stderr.slice(0, 300)}`)
  if (named === 'FW_STORE_FAILED' || named === 'FW_CONNECT_FAILED') throw new Error(stderr.slice(0, 400))
  if (/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(told))
    throw new Error(`control characters: ${JSON.stringify(told.slice(0, 300))}`)
  if (stderr.length > 20_000) throw new Error(`${stderr.length} characters of errors`)
  const secrets = leaked(told)
  if (secrets.length > 0) throw new Error(`it tells ${secrets.join(', ')}: ${told.slice(0, 300)}`)
  if (stdout.trim() !== '' && code !== 0) JSON.parse(stdout)
}

const asking = (what: string, argv: string[], stdin?: string): Ask<Said> => ({
  what,
  run: () => run(argv, stdin),
  check: lawful,
})

async function askAll(asks: readonly Ask<Said>[], what: string): Promise<void> {
  const { runs, broken } = await runAll(asks)
  expect(broken.slice(0, 30)).toEqual([])
  count(what, runs)
}

function store(): string {
  folder = ownFolder()
  process.chdir(folder)
  return `sqlite:${join(folder, 'jobs.db')}`
}

describe('the command line', () => {
  test('F1, F2, F3, F6: every argument and every option of every command', async () => {
    const url = store()
    const texts = [
      ...names().filter((text) => text.length < 100_000),
      ...ids(),
      ...keys().filter((text) => text.length < 100_000),
      ...durations,
      ...moments,
      ...numbers.map((text) => text.replaceAll('"', '')),
    ]
    const slots = await cliSlots(url)
    expect(slots.length).toBeGreaterThan(50)
    // Each text in two slots, each slot with many texts: no program can be given a NUL, but this one is inside of ours.
    const asks = texts.flatMap((text, n) =>
      [n, n * 7 + 3]
        .map((at) => slots[at % slots.length]!)
        .map((slot) => asking(`${slot.at} ${labelOf(text)}`, slot.argv(text))),
    )
    await askAll(asks, 'cli F1 F2 F3 F6')
  })

  test('F4: inputs as an argument, from stdin, and as lines', async () => {
    const url = store()
    // What the system gives to a program is bounded, and one large input keeps nobody waiting but who sends it.
    const jsons = [...oddJson(), ...readAsJson, ...refusedJson()].filter(({ value }) => value.length < 400_000)
    const enqueue = ['enqueue', 'job', '--url', url, '--json']
    await askAll(
      [
        ...thinned(jsons, 150).map(({ what, value }) =>
          asking(`argument ${what}`, [...enqueue.slice(0, 2), value, ...enqueue.slice(2)]),
        ),
        ...thinned(jsons, 80).map(({ what, value }) =>
          asking(`stdin ${what}`, [...enqueue.slice(0, 2), '-', ...enqueue.slice(2)], value),
        ),
        ...thinned(jsons, 80).map(({ what, value }) =>
          asking(`lines ${what}`, [...enqueue, '--lines'], `{}\n${value}\n{}\n`),
        ),
        asking(
          'bad UTF-8',
          [...enqueue.slice(0, 2), '-', ...enqueue.slice(2)],
          Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('latin1'),
        ),
      ],
      'cli F4',
    )
    const { stdout } = await run(['list', '--url', url, '--json', '--limit', '500'])
    expect(() => JSON.parse(stdout) as unknown).not.toThrow()
  })

  test('F5: damaged jobs are listed, shown and counted', async () => {
    const url = store()
    const client = await connect(url)
    for (const n of damages.keys()) await client.enqueue(damagedJob, { victim: n }, { id: `victim-${n}` })
    await client.enqueue(
      defineJob('spilled', { input: unchecked<unknown>() }),
      { password: canaries.password, apiKey: canaries.apiKey },
      { id: 'spilled' },
    )
    await client.close()
    const db = new DatabaseSync(join(folder, 'jobs.db'))
    for (const [n, { now }] of damages.entries())
      db.prepare('update fw_job set body = ? where id = ?').run(now(`{"v":1,"d":{"victim":${n}}}`), `victim-${n}`)
    db.close()
    const at = ['--url', url]
    await askAll(
      [
        ...[['list', '--limit', '500'], ['peek', '--queue', 'damaged'], ['stats'], ['list', '--error', 'x']].flatMap(
          (argv) => [
            asking(argv.join(' '), [...argv, ...at]),
            asking(`${argv.join(' ')} --json`, [...argv, ...at, '--json']),
          ],
        ),
        ...damages.flatMap(({ what }, n) => [
          asking(`status ${what}`, ['status', `victim-${n}`, ...at]),
          asking(`status --json ${what}`, ['status', `victim-${n}`, ...at, '--json']),
        ]),
      ],
      'cli F5',
    )
  })

  test('F7: patterns and zones', async () => {
    const url = store()
    const add = (flags: string[]) => ['schedules', 'add', 's', 'job', '--url', url, '--json', '--unchecked', ...flags]
    await askAll(
      [
        ...patterns()
          .filter((cron) => cron.length < 100_000)
          .map((cron) => asking(`--cron ${labelOf(cron)}`, add([`--cron=${cron}`]))),
        ...noZones
          .filter((zone) => zone.length < 100_000)
          .map((zone) => asking(`--time-zone ${labelOf(zone)}`, add(['--cron=* * * * *', `--time-zone=${zone}`]))),
        ...durations.map((text) => asking(`--every ${labelOf(text)}`, add([`--every=${text}`]))),
        asking('schedules', ['schedules', '--url', url, '--json']),
      ],
      'cli F7',
    )
  })

  test('a store that is none: no secret of its URL is told', async () => {
    store()
    const urls = [
      `redis://u:${canaries.urlPassword}@127.0.0.1:1/x`,
      `postgres://u:${canaries.urlPassword}@127.0.0.1:1/x`,
      `nothing://u:${canaries.urlPassword}@h`,
      canaries.urlPassword,
      `mysql://u:${canaries.urlPassword}@h:port`,
      `amqp://u:${canaries.urlPassword}@127.0.0.1:1/%zz`,
    ]
    for (const url of urls) {
      const said = await run(['stats', '--url', url, '--json', '--verbose'])
      expect([url, leaked(said.stdout + said.stderr)]).toEqual([url, []])
      expect(known.has(said.code) && said.code !== 0).toBe(true)
    }
    count('cli secrets', urls.length)
  })
})
