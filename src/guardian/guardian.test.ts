import { expect, it, onTestFinished } from 'vitest'
import { heard, until } from '../../test/support/work.ts'
import { type Env, systemEnv } from '../base/env.ts'
import { Guardian } from './guardian.ts'

/** A guardian whose thread has this keeper: the body of `makeKeeper`. */
function guardianWith(makeKeeper: string, leaseMs = 600, env: Env = systemEnv) {
  const revoked: string[] = []
  const code = `export async function makeKeeper(settings) { ${makeKeeper} }`
  const guardian = new Guardian({
    env,
    keeper: () => ({ module: `data:text/javascript,${encodeURIComponent(code)}`, settings: { answer: 'alive' } }),
    leaseMs,
    askMs: 1_000,
    blockMsMax: 1_000,
    stallMsMax: 60_000,
    exitCode: undefined,
    factsOf: () => ({}),
    revoked: (session) => revoked.push(session),
  })
  onTestFinished(() => guardian.end())
  return { guardian, revoked, failed: heard('guardian.failed'), started: heard('guardian.started') }
}

const keeper = (renew: string) =>
  `return { renew: async (session) => { ${renew} }, accuse: async () => {}, close: async () => {} }`

it('renews the session that it is told of, over and over, and says so once', async () => {
  const { guardian, started } = guardianWith(keeper('return settings.answer'))
  expect(guardian.renewedMsAgo).toBe(Infinity)
  guardian.keep('one')
  await until(() => started.length > 0)
  expect(started).toEqual([{ worker: 'one' }])
  const renewedAtMs = () => performance.now() - guardian.renewedMsAgo
  for (let n = 0, lastMs = renewedAtMs(); n < 3; n++, lastMs = renewedAtMs()) {
    await until(() => renewedAtMs() > lastMs + 50)
  }
  expect(started).toHaveLength(1)
})

it('a renewal of the session before does not count for the next one', async () => {
  const { guardian, started } = guardianWith(
    keeper("if (session === 'two') await new Promise(() => {}); return 'alive'"),
  )
  guardian.keep('one')
  await until(() => guardian.renewedMsAgo < Infinity)
  expect(guardian.renewals).toBeGreaterThan(0)
  guardian.keep('two')
  expect(guardian.renewedMsAgo).toBe(Infinity)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(guardian.renewedMsAgo).toBe(Infinity)
  expect(started).toEqual([{ worker: 'one' }])
})

it('a keeper that takes long to make is waited for, not made twice', async () => {
  const slow = `if (globalThis.made) throw new Error('made twice'); globalThis.made = true
    await new Promise((resolve) => setTimeout(resolve, 500)); ${keeper("return 'alive'")}`
  const { guardian, started, failed } = guardianWith(slow)
  guardian.keep('one')
  await until(() => started.length > 0)
  expect(failed.map(({ error }) => String(error)).join()).not.toContain('made twice')
  expect(failed.length).toBeGreaterThan(0)
})

it('tells of a session that was taken back, once', async () => {
  const { guardian, revoked } = guardianWith(keeper("return 'revoked'"), 90)
  guardian.keep('one')
  await until(() => revoked.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(revoked).toEqual(['one'])
})

it.each([
  ['fails', "throw new Error('no such host')", /no such host/],
  ['is silent', 'await new Promise(() => {})', /FW_CALL_TIMEOUT: The store did not answer renew within 100 ms/],
])('a keeper that %s is told of once, asked again, and told of when it works again', async (_how, renew, says) => {
  const { guardian, failed, started } = guardianWith(
    `let calls = 0; ${keeper(`if (++calls > 1 && calls < 5) { ${renew} } return 'alive'`)}`,
    300,
  )
  guardian.keep('one')
  await until(() => started.length === 2)
  expect(failed).toHaveLength(1)
  expect(String(failed[0]!.error)).toMatch(says)
  expect(failed[0]!.error).toMatchObject({ code: 'FW_GUARDIAN_FAILED' })
})

it('a thread that dies is told of, and started again', async () => {
  const soon: Env = {
    ...systemEnv,
    setTimer: (run, delayMs, kind) => systemEnv.setTimer(run, Math.min(delayMs, 50), kind),
  }
  const { guardian, failed } = guardianWith('process.exit(3)', 600, soon)
  guardian.keep('one')
  await until(() => failed.length === 2)
  expect(failed.map(({ error }) => String(error))).toEqual(Array(2).fill(expect.stringContaining('ended with 3')))
  expect(guardian.renewedMsAgo).toBe(Infinity)
})

it('ends while its keeper hangs, and leaves nothing behind', async () => {
  const { guardian } = guardianWith('await new Promise(() => {})')
  guardian.keep('one')
  const startedMs = performance.now()
  await guardian.end()
  expect(performance.now() - startedMs).toBeLessThan(4_000)
  await guardian.end()
})
