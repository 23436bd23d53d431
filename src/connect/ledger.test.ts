import { expect, it } from 'vitest'
import { connect } from './connect.ts'

const refusal = async (url: string, options: object): Promise<string> => {
  const error = await connect(url, options).then(
    () => expect.fail('connected'),
    (error: unknown) => error as Error & { code: string },
  )
  return `${error.code} ${error.message}`
}

it('a ledger is for brokers: a store with records of its own takes none', async () => {
  expect(await refusal('memory:', { ledger: 'memory:' })).toMatch(
    /FW_CONFIG_INVALID `ledger` is for brokers.*memory driver/,
  )
})

it.each([
  [
    { ledger: 'rediss2://me:geheim@h' },
    /FW_DRIVER_MISSING `ledger`: No driver serves "rediss2:". Did you mean "rediss:"/,
  ],
  [{ ledger: 'sqlite:./a.db?durabilty=full' }, /FW_CONFIG_INVALID `ledger`: .*Did you mean "durability"/],
  [{ ledger: 'geheim' }, /FW_CONFIG_INVALID .*`ledger` is not a URL; allowed is the URL of a store/],
  [{ ledger: 7 }, /FW_CONFIG_INVALID .*`ledger` is not a URL/],
  [{ ledgr: 'redis://h' }, /FW_CONFIG_INVALID .*there is no option `ledgr`. Did you mean `ledger`/],
])('%o: one clear line, without a secret', async (options, says) => {
  const message = await refusal('memory:', options)
  expect(message).toMatch(says)
  expect(message).not.toContain('geheim')
})
