import { beforeEach, describe, expect, test } from 'vitest'
import { memoryDriver, createMemoryStore } from '../../drivers/memory/index.ts'
import { connect, defineJob, type DriverRegistration, registerDriver, unchecked } from '../index.ts'
import { registered } from './registered.ts'

beforeEach(() => registered.clear())

/** The memory driver under another name; notes what it is given. */
function shelf(...schemes: string[]): DriverRegistration & { urls: string[] } {
  const urls: string[] = []
  const store = createMemoryStore()
  return { schemes, urls, store: (url, options) => (urls.push(url), () => memoryDriver({ store, ...options })) }
}

describe('registerDriver', () => {
  test('connect finds it by its scheme, and hands it the URL as it was typed', async () => {
    const registration = shelf('shelf:', 'shelf+tls:')
    registerDriver(registration)
    const job = defineJob('greet', { input: unchecked<string>() }, (name) => `hello ${name}`)
    await using client = await connect('SHELF+tls://a,b/c?d=1#e', { leaseMs: 12_345 })
    expect(registration.urls).toEqual(['SHELF+tls://a,b/c?d=1#e'])
    await using _worker = await client.work([job])
    expect(await (await client.enqueue(job, 'Ada')).result({ timeoutMs: 5_000 })).toBe('hello Ada')
  })

  test('what it throws of the URL is what connect throws', async () => {
    registerDriver({
      schemes: ['shelf:'],
      store: () => Promise.reject(new Error('no such shelf')),
    })
    await expect(connect('shelf:x')).rejects.toThrow('no such shelf')
  })

  test('the same object again changes nothing; another one for its scheme is refused', () => {
    const registration = shelf('shelf:')
    registerDriver(registration)
    registerDriver(registration)
    expect(() => registerDriver(shelf('other:', 'shelf:'))).toThrow(
      expect.objectContaining({
        code: 'FW_CONFIG_INVALID',
        message: expect.stringContaining('"shelf:" is registered already') as string,
      }),
    )
    expect([...registered.keys()]).toEqual(['shelf:'])
  })

  test.each(['redis:', 'sqlite:', 'memory:'])('%s stays ours', (scheme) => {
    expect(() => registerDriver(shelf(scheme))).toThrow('served by fiber-work itself')
  })

  test.each([['Shelf:'], ['shelf'], ['9:'], ['a b:'], [''], [5]])('%j is no scheme', (scheme) => {
    expect(() => registerDriver(shelf(scheme as string))).toThrow('is not a URL scheme')
  })

  test.each([[undefined], [null], [{}], [{ schemes: [], store() {} }], [{ schemes: ['a:'] }]])(
    '%j is no registration',
    (value) => {
      expect(() => registerDriver(value as unknown as DriverRegistration)).toThrow(
        expect.objectContaining({ code: 'FW_CONFIG_INVALID' }),
      )
    },
  )

  test('an unknown scheme is told of those that were registered, and how to register', async () => {
    registerDriver(shelf('shelf:'))
    await expect(connect('shlef:x')).rejects.toThrow('Did you mean "shelf:"?')
    await expect(connect('constructor:x')).rejects.toThrow('--driver FILE')
  })
})
