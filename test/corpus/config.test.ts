import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { optionNames, type OptionName, options, variableOf } from '../../src/config/options.ts'
import { errorOf } from '../../src/cli/report.ts'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import { ownFolder } from './doors/served.ts'
import { labelOf, thinned } from './expand.ts'
import { names } from './families/names.ts'
import { durations, moments, numbers } from './families/options.ts'
import { oddJson } from './families/payloads.ts'
import { type Ask, runAll } from './laws/calm.ts'
import { canaries, leaked, spilled } from './laws/canaries.ts'
import { count } from './laws/count.ts'

type Given = Parameters<typeof loadSettings>[0]

const folder = () => ownFolder()
const codes = new Set(['FW_CONFIG_INVALID', 'FW_CONFIG_UNREADABLE'])
/** Texts by which a pattern that reads them badly would show. */
const long = [
  'a:'.repeat(8_000),
  'k:'.padEnd(16_000, 'A') + ',',
  ' '.repeat(16_000),
  '1'.repeat(16_000),
  `[${'f:'.repeat(8_000)}`,
  'a=,'.repeat(6_000),
  `https://${'a.'.repeat(8_000)}`,
  `a,{`.repeat(6_000),
]

/** Settings come out, or an error of ours that can be shown to anybody. */
const load = (what: string, given: Given): Ask<string> => ({
  what,
  async run() {
    try {
      const { warnings } = await loadSettings(given)
      return warnings.join('\n')
    } catch (error) {
      if (!isFiberWorkError(error) || !codes.has(error.code)) throw error
      return errorOf(error).message
    }
  },
  check(told) {
    const secrets = leaked(told)
    if (secrets.length > 0) throw new Error(`it tells ${secrets.join(', ')}: ${told.slice(0, 300)}`)
    if (told.length > 20_000) throw new Error(`a message of ${told.length} characters`)
  },
})

test('F1, F6: every option by flag and by variable', async () => {
  const at = folder()
  const texts = [
    ...thinned(
      names().filter((text) => text.length < 20_000),
      60,
    ),
    ...durations,
    ...thinned(moments, 6),
    ...thinned(numbers, 12).map((text) => text.replaceAll('"', '')),
  ]
  const importFile = async () => ({})
  const asks = optionNames.flatMap((name, index) =>
    texts
      .filter((_, n) => (n + index) % 3 === 0)
      .concat(long)
      .flatMap((text) => [
        load(`--${options[name].flag} ${labelOf(text)}`, { flags: { [name]: text }, env: {}, folder: at, importFile }),
        load(`${variableOf(name)} ${labelOf(text)}`, {
          flags: {},
          env: { [variableOf(name)]: text },
          folder: at,
          importFile,
        }),
      ]),
  )
  const { runs, broken } = await runAll(asks)
  expect(broken).toEqual([])
  count('config flags variables', runs)
})

test('F4, F6: every option in a config file', async () => {
  const at = folder()
  writeFileSync(join(at, 'fiber-work.config.mjs'), '')
  const values: unknown[] = [
    ...thinned(oddJson(), 30).map(({ value }) => JSON.parse(value) as unknown),
    ...numbers.map((text) => JSON.parse(text) as unknown),
    NaN,
    1n,
    Symbol('s'),
    () => 1,
    new Map(),
    new Date(NaN),
    new Proxy({}, {}),
    Object.create(null),
    long,
    JSON.parse('{"__proto__":{"concurrency":5}}'),
    { '*': {} },
    { constructor: { concurrency: 1 } },
    ['__proto__=info'],
    { __proto__: 'info' },
  ]
  const keep = ['keep', 'tokens', 'contextProbes', 'unknown', '__proto__', 'constructor', 'toString', '']
  const asks = [...optionNames, ...keep].flatMap((name, index) =>
    values
      .filter((_, n) => (n + index) % 2 === 0)
      .map((value) =>
        load(`${name}: ${typeof value} ${labelled(value)}`, {
          flags: {},
          env: {},
          folder: at,
          importFile: async () => Object.fromEntries([[name, value]]),
        }),
      ),
  )
  const whole = values.map((value) =>
    load(`the file exports ${labelled(value)}`, { flags: {}, env: {}, folder: at, importFile: async () => value }),
  )
  const { runs, broken } = await runAll([...asks, ...whole])
  expect(broken).toEqual([])
  expect(Object.keys(Object.prototype)).toEqual([])
  count('config file', runs)
})

test('no secret stands in what is said of a setting, right or wrong', async () => {
  const at = folder()
  const secrets: [OptionName, string[]][] = [
    [
      'url',
      [
        `postgres://u:${canaries.urlPassword}@h:port/x`,
        `redis://:${canaries.urlPassword}@h?x=y`,
        canaries.urlPassword,
        `//u:${canaries.urlPassword}@h`,
        spilled,
      ],
    ],
    ['ledger', [`mysql://u:${canaries.urlPassword}@h`, `u:${canaries.urlPassword}@h`]],
    ['httpToken', [canaries.bearer, canaries.bearer.slice(0, 18), `${canaries.bearer} `, spilled]],
    ['encryptionKeys', [canaries.apiKey, `k:${canaries.apiKey}`, `k:${canaries.apiKey},`, spilled]],
    ['alertWebhookSecret', [canaries.apiKey, spilled, '']],
    ['alertWebhook', [`ftp://u:${canaries.urlPassword}@h`, `https://u:${canaries.urlPassword}@h`]],
    ['otlp', [`x://u:${canaries.urlPassword}@h`]],
    ['outbox', [`postgres://u:${canaries.urlPassword}@h`]],
  ]
  const asks = secrets.flatMap(([name, texts]) =>
    texts.flatMap((text) => [
      load(`--${name} ${labelOf(text)}`, {
        flags: { [name]: text },
        env: {},
        folder: at,
        importFile: async () => ({}),
      }),
      load(`${name} as a list ${labelOf(text)}`, {
        flags: { [name]: [text, { text }] },
        env: {},
        folder: at,
        importFile: async () => ({}),
      }),
      load(`two sources ${name}`, {
        flags: { concurrency: 'x' },
        env: { [variableOf(name)]: text, FIBER_WORK_UNKNOWN: text },
        folder: at,
        importFile: async () => ({}),
      }),
    ]),
  )
  const { runs, broken } = await runAll(asks)
  expect(broken).toEqual([])
  count('config secrets', runs)
})

function labelled(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 60) ?? String(value)
  } catch {
    return String(value)
  }
}
