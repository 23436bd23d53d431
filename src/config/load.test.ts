import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadSettings, type LoadOptions } from './load.ts'
import { optionNames, options, variableOf } from './options.ts'
import { processesOf } from './processes.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fiber-work-config-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const load = (request: Partial<LoadOptions> = {}) =>
  loadSettings({ flags: {}, env: {}, folder, importFile: async () => ({}), ...request })

async function refusal(request: Partial<LoadOptions>): Promise<string> {
  const error: unknown = await load(request).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'FiberWorkError' })
  return `${(error as { code: string }).code} ${(error as Error).message}`
}

/** The config file as if it had been imported. */
function withFile(exported: unknown, name = 'fiber-work.config.ts'): Partial<LoadOptions> {
  writeFileSync(join(folder, name), '')
  return { importFile: async () => exported }
}

describe('sources', () => {
  test('defaults', async () => {
    const { settings, origins, file, warnings } = await load()
    expect(settings).toMatchObject({
      url: 'sqlite:./fiber-work.db',
      concurrency: 1_000,
      graceMs: 25_000,
      supervisor: true,
    })
    expect(settings.queues).toBeUndefined()
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
    expect([file, warnings]).toEqual([undefined, []])
  })

  test('flags win over variables, variables over the file', async () => {
    const file = withFile({ concurrency: 1, processes: 2, graceMs: 3 })
    const { settings, origins } = await load({
      ...file,
      env: { FIBER_WORK_CONCURRENCY: '10', FIBER_WORK_PROCESSES: '3' },
      flags: { concurrency: '100' },
    })
    expect(settings).toMatchObject({ concurrency: 100, processes: 3, graceMs: 3 })
    expect(origins).toMatchObject({
      concurrency: '--concurrency',
      processes: 'FIBER_WORK_PROCESSES',
      graceMs: join(folder, 'fiber-work.config.ts'),
    })
  })

  test('texts are read by the kind of the option', async () => {
    const env = {
      FIBER_WORK_JOBS: 'a/*.ts,b/*.{js,ts}',
      FIBER_WORK_QUEUES: 'one, two',
      FIBER_WORK_CONCURRENCY: '10_000',
      FIBER_WORK_GRACE: '1m30s',
      FIBER_WORK_DASHBOARD: 'yes',
      FIBER_WORK_SUPERVISOR: '0',
      FIBER_WORK_HTTP: '[::1]:80',
      FIBER_WORK_LOG_LEVEL: '',
      FIBER_WORK_LOG_LEVELS: 'mail=debug,import=silent',
      FIBER_WORK_OTLP: 'http://127.0.0.1:4318',
    }
    const { settings } = await load({ env })
    expect(settings).toMatchObject({
      jobs: ['a/*.ts', 'b/*.{js,ts}'],
      queues: ['one', 'two'],
      logLevels: ['mail=debug', 'import=silent'],
      otlp: 'http://127.0.0.1:4318',
      concurrency: 10_000,
      graceMs: 90_000,
      dashboard: true,
      supervisor: false,
      http: '[::1]:80',
      logLevel: 'info',
    })
  })

  test('a file may export a function, and options that are undefined', async () => {
    const { settings } = await load(withFile(async () => ({ concurrency: 7, graceMs: undefined })))
    expect(settings).toMatchObject({ concurrency: 7, graceMs: 25_000 })
  })

  test('JSON is read without the importer', async () => {
    writeFileSync(join(folder, 'fiber-work.config.json'), '{ "concurrency": 8 }')
    expect((await load()).settings.concurrency).toBe(8)
    writeFileSync(join(folder, 'broken.json'), '{')
    expect(await refusal({ configFile: 'broken.json' })).toMatch(/FW_CONFIG_UNREADABLE .*broken\.json is not JSON/)
  })

  test('two files: the first is used, and it says so', async () => {
    writeFileSync(join(folder, 'fiber-work.config.json'), '{}')
    expect((await load(withFile({}))).warnings).toEqual([expect.stringContaining('fiber-work.config.ts is used')])
  })

  test('every option has a variable, a flag, and a help of its own', () => {
    const unique = (values: string[]) => expect(new Set(values).size).toBe(optionNames.length)
    unique(optionNames.map(variableOf))
    unique(optionNames.map((name) => options[name].flag))
    unique(optionNames.map((name) => options[name].help))
    expect([variableOf('graceMs'), variableOf('bodyBytesMax'), variableOf('httpInsecure')]).toEqual([
      'FIBER_WORK_GRACE',
      'FIBER_WORK_BODY_BYTES_MAX',
      'FIBER_WORK_HTTP_INSECURE',
    ])
  })

  test('as many processes as there are cores', async () => {
    const { settings } = await load({ env: { FIBER_WORK_PROCESSES: 'auto' } })
    expect(settings.processes).toBe('auto')
    expect(processesOf(settings)).toBe(availableParallelism())
    expect(processesOf({ processes: 3 })).toBe(3)
  })

  test('every default is allowed by the schema', async () => {
    const defaults = Object.fromEntries(
      optionNames.flatMap((name) => ('default' in options[name] ? [[name, options[name].default]] : [])),
    )
    await expect(load(withFile(defaults))).resolves.toBeDefined()
  })
})

describe('refusals', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ concurrency: 0 }, '`concurrency` is 0; allowed is an integer from 1 to 100000'],
    [{ concurrency: 1.5 }, '`concurrency` is 1.5'],
    [{ concurrency: '5' }, '`concurrency` is "5"'],
    [{ concurrency: 5n }, '`concurrency` is 5n'],
    [{ concurrency: () => 5 }, '`concurrency` is a function'],
    [{ graceMs: Number.NaN }, '`graceMs` is null'],
    [{ graceMs: -1 }, '`graceMs` is -1'],
    [{ leaseMs: 2 ** 31 }, '`leaseMs` is 2147483648'],
    [{ jobs: [] }, '`jobs` is []'],
    [{ jobs: 'jobs/*.ts' }, '`jobs` is "jobs/*.ts"; allowed is a list of globs'],
    [{ queues: ['no spaces'] }, '`queues`'],
    [{ queues: { mails: { weight: 0 } } }, '`queues`'],
    [{ queues: { mails: { min: 5, max: 4 } } }, '`queues`'],
    [{ queues: { mails: { max: 4, concurrency: 5 } } }, '`queues`'],
    [{ processes: 'all' }, '`processes` is "all"; allowed is an integer from 1 to 256, or auto'],
    [{ control: `/${'x'.repeat(100)}` }, '`control`'],
    [{ http: 'example.com' }, '`http` is "example.com"'],
    [{ http: '127.0.0.1:70000' }, '`http`'],
    [{ logLevel: 'loud' }, '`logLevel` is "loud"'],
    [{ logLevels: ['mail'] }, '`logLevels`'],
    [{ logLevels: { mail: 'loud' } }, '`logLevels`'],
    [{ otlp: 'grpc://127.0.0.1:4317' }, '`otlp` is "grpc://127.0.0.1:4317"; allowed is http:// or https://'],
    [{ otlp: 'http://' }, '`otlp`'],
    [{ traceMode: 'child' }, '`traceMode` is "child"; allowed is parent or link'],
    [{ url: 'not a url but a secret' }, '`url` is not a URL'],
    [{ url: 5 }, '`url` is not a URL'],
    [{ encryptionKeys: 'a secret' }, '`encryptionKeys` is not that; allowed is id:base64 of 32 bytes'],
    [{ encryptionKeys: { keys: { a: 'a secret' }, current: 'a' } }, '`encryptionKeys` is not that'],
    [{ encryptionKeys: { keys: {}, current: 'a' } }, '`encryptionKeys` is not that'],
    [{ redact: ['-'] }, '`redact` is ["-"]; allowed is a list of up to 256 names'],
    [{ concurency: 5 }, 'there is no option `concurency`. Did you mean `concurrency`?'],
    [{ zzz: 1 }, 'Known are `url`, `ledger`, `drivers`'],
    [{ logFormat: 'x'.repeat(200) }, '…'],
  ])('%o', async (file, says) => {
    const message = await refusal(withFile(file))
    expect(message).toContain(says)
    expect(message).toContain('FW_CONFIG_INVALID')
    expect(message).not.toContain('a secret')
  })

  test('all problems of all sources in one', async () => {
    const message = await refusal({
      ...withFile({ concurrency: 0, x: 1 }),
      env: { FIBER_WORK_GRACE: '30' },
      flags: { processes: 'many' },
    })
    for (const part of [
      '`concurrency`',
      '`x`',
      'environment: FIBER_WORK_GRACE is "30"',
      'command line: --processes is "many"',
    ])
      expect(message).toContain(part)
  })

  test('an unreadable or strange file', async () => {
    expect(await refusal({ configFile: 'nothing.ts' })).toContain('does not exist')
    expect(await refusal({ env: { FIBER_WORK_CONFIG: 'nothing.ts' } })).toContain('does not exist')
    for (const exported of [undefined, null, 5, []])
      expect(await refusal(withFile(exported))).toContain('must export an object')
  })
})

describe('warnings', () => {
  test.each<[LoadOptions['flags'], string]>([
    [{ beatMs: '10s', leaseMs: '1s' }, 'a third of leaseMs'],
    [{ processes: '200' }, 'processes on'],
    [{ processes: '2', supervisor: false }, 'only one process works'],
    [{ watchConfig: true, supervisor: false }, 'watchConfig needs a supervisor'],
    [{ httpInsecure: true }, 'does nothing without http'],
    [{ url: 'memory:' }, 'ends with its process'],
  ])('%o', async (flags, says) => {
    expect((await load({ flags })).warnings).toContainEqual(expect.stringContaining(says))
  })

  test('an unknown variable of ours', async () => {
    expect(
      (await load({ env: { FIBER_WORK_CONCURENCY: '1', OTHER: 'x', FIBER_WORK_REQUIRE_SERVICES: '1' } })).warnings,
    ).toEqual(['environment: there is no option `FIBER_WORK_CONCURENCY`. Did you mean FIBER_WORK_CONCURRENCY?'])
  })
})

describe('what is told and kept of the past', () => {
  test('a file says it by queue, a flag and a variable of all queues', async () => {
    const keep = { mail: { dead: { count: 5 } }, '*': { done: false } }
    const file = await load(withFile({ keep, alertWaitMs: { mail: 5_000, '*': 60_000 }, history: false }))
    expect(file.settings).toMatchObject({ keep, alertWaitMs: { mail: 5_000, '*': 60_000 }, history: false })
    const { settings } = await load({ env: { FIBER_WORK_ALERT_WAIT: '2m' }, flags: { history: false } })
    expect(settings).toMatchObject({ alertWaitMs: 120_000, history: false, alertWebhookPrivate: false })
    expect((await load()).settings.history).toBeUndefined()
  })

  test.each([
    [{ keep: { mail: { dead: {} } } }, '`keep`'],
    [{ keep: { mail: { dead: { ageMs: 15 * 86_400_000 } } } }, 'up to 14 days'],
    [{ keep: { 'no name': { dead: false } } }, '`*` for all other queues'],
    [{ keep: { mail: { gone: false } } }, '`keep`'],
    [{ alertWaitMs: 10 }, 'from 1s to 30d'],
    [{ alertWaitMs: { mail: 'soon' } }, '`alertWaitMs`'],
    [{ alertWebhook: 'ftp://hidden/hidden' }, 'allowed is an https URL'],
    [{ alertWebhookSecret: 'hidden'.repeat(100) }, '24 to 64 random bytes'],
  ])('refuses %j', async (file, says) => {
    const message = await refusal(withFile(file))
    expect(message).toContain(says)
    expect(message).not.toContain('hidden')
  })

  test('a secret without a webhook is probably not meant', async () => {
    const { warnings } = await load({ env: { FIBER_WORK_ALERT_WEBHOOK_SECRET: 'whsec_x' } })
    expect(warnings.join()).toContain('alertWebhookSecret does nothing')
  })
})
