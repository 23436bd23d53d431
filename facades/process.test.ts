import { afterEach, expect, it, onTestFinished } from 'vitest'
import { Cache, Session } from '../src/index.ts'

afterEach(() => {
  Cache.configure({})
  Session.configure({})
})

function setEnv(name: string, value: string): void {
  process.env[name] = value
  onTestFinished(() => void delete process.env[name])
}

it('the cache of the process begins anew when it is configured, and knows its limits from then on', async () => {
  await Cache.set('k', 1, 1_000)
  expect(await Cache.get('k')).toBe(1)
  Cache.configure({ ttlMsMax: 500 })
  expect(await Cache.get('k')).toBeUndefined()
  await expect(Cache.set('k', 1, 1_000)).rejects.toThrow(/milliseconds from 1 to 500/)
})

it('the sessions of the process likewise', async () => {
  await Session.set('k', 1)
  expect(await Session.get('k')).toBe(1)
  Session.configure({ valueBytesMax: 5 })
  expect(await Session.get('k')).toBeUndefined()
  await expect(Session.set('k', 'too long')).rejects.toThrow(/the limit is 5/)
  await Session.update('k', () => 2)
  await Session.delete('k')
  expect(await Session.get('k')).toBeUndefined()
})

it('the environment names their Redis, and what is no URL of one is refused', async () => {
  setEnv('FIBER_WORK_CACHE_URL', 'http://secret@host')
  setEnv('FIBER_WORK_SESSION_URL', 'http://secret@host')
  const refused = expect.objectContaining({
    code: 'FW_CONFIG_INVALID',
    message: expect.not.stringContaining('secret') as string,
  })
  expect(() => Cache.configure({})).toThrow(refused)
  expect(() => Session.configure({})).toThrow(refused)
  expect(() => Session.configure({ store: { read: async () => undefined, write: async () => true } })).not.toThrow()
  delete process.env['FIBER_WORK_CACHE_URL']
  delete process.env['FIBER_WORK_SESSION_URL']
})

it('a clock is not theirs to change', () => {
  expect(() => Cache.configure({ env: undefined, ttlMsMax: 1 } as object)).not.toThrow()
  expect(() => Cache.configure({ env: {} } as object)).toThrow(/there is no option `env`/)
  expect(() => Session.configure({ env: {} } as object)).toThrow(/there is no option `env`/)
})
