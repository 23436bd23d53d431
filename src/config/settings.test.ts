import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { checkSettings } from './settings.ts'

describe('options given by code', () => {
  test('good ones pass', async () => {
    await checkSettings('connect', {})
    await checkSettings('connect', { leaseMs: 5_000, env: {}, bodyBytesMax: undefined })
    await checkSettings('work', {
      concurrency: 5,
      queues: { a: { weight: 2 } },
      use: [() => {}],
      ownProcess: true,
      http: {},
    })
  })

  test.each<['connect' | 'work', object, string]>([
    [
      'work',
      { concurrency: '5' },
      'client.work(handlers, options): `concurrency` is "5"; allowed is an integer from 1 to 100000.',
    ],
    ['work', { concurency: 5 }, 'Did you mean `concurrency`?'],
    ['work', { use: 5 }, 'allowed is a list of functions'],
    ['work', { leaseMs: 5_000 }, 'there is no option `leaseMs`'],
    ['work', { graceMs: '30s' }, '`graceMs` is "30s"'],
    ['connect', { leaseMs: 1 }, 'connect(url, options): `leaseMs` is 1'],
    ['connect', { env: null }, '`env` is null; allowed is an Env'],
  ])('%s %o', async (where, given, says) => {
    await expect(checkSettings(where, given)).rejects.toMatchObject({
      code: 'FW_CONFIG_INVALID',
      message: expect.stringContaining(says) as string,
    })
  })

  test('the schema is loaded only when there is something to check', () => {
    const script = `import { registerHooks } from 'node:module'
      const seen = []
      registerHooks({ resolve(specifier, context, next) { seen.push(specifier); return next(specifier, context) } })
      const { connect } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
      console.log(seen.filter((name) => /^(?:zod|fastify|pino|commander|jiti)/.test(name)).join())`
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })).toBe('\n')
  })
})
