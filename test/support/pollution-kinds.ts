/** Ways in which a job changes what all jobs share. */
import { tmpdir } from 'node:os'

export interface PollutionKind {
  what: string
  pollute: () => unknown
  /** What is said of it. */
  says: string
  /** Something that is only so while it is polluted. */
  isPolluted: () => boolean
}

export const settings = { tone: 'calm', nested: { deep: 1 } }
export const table = new Map([['one', 1]])
const { map } = Array.prototype
const { log } = console
const { fetch, JSON: json, Promise: promise } = globalThis
export const globals = globalThis as Record<string, unknown>
export const folder = process.cwd()
const mask = process.umask()
export const listener = () => {}
const onWarning = process.listeners('warning')[0]!
const offset = new Date(0).getTimezoneOffset()
process.env.POLLUTION_KEPT = 'kept'

export const pollutionKinds: PollutionKind[] = [
  {
    what: 'a variable of the environment',
    pollute: () => (process.env.POLLUTION_NEW = 'secret value'),
    says: 'process.env.POLLUTION_NEW was added',
    isPolluted: () => 'POLLUTION_NEW' in process.env,
  },
  {
    what: 'a changed variable',
    pollute: () => (process.env.POLLUTION_KEPT = 'x'),
    says: 'process.env.POLLUTION_KEPT was changed',
    isPolluted: () => process.env.POLLUTION_KEPT !== 'kept',
  },
  {
    what: 'a removed variable',
    pollute: () => delete process.env.POLLUTION_KEPT,
    says: 'process.env.POLLUTION_KEPT was removed',
    isPolluted: () => process.env.POLLUTION_KEPT === undefined,
  },
  {
    what: 'the timezone',
    pollute: () => (process.env.TZ = offset === -540 ? 'America/Lima' : 'Asia/Tokyo'),
    says: 'the timezone was changed, for all dates of the process',
    isPolluted: () => new Date(0).getTimezoneOffset() !== offset,
  },
  {
    what: 'a global',
    pollute: () => (globals.leaked = { big: 'thing' }),
    says: 'globalThis.leaked was added',
    isPolluted: () => 'leaked' in globals,
  },
  {
    what: 'a replaced fetch',
    pollute: () => (globalThis.fetch = () => Promise.reject(new Error('mine'))),
    says: 'globalThis.fetch was replaced',
    isPolluted: () => globalThis.fetch !== fetch,
  },
  {
    what: 'a replaced JSON',
    pollute: () => (globalThis.JSON = { ...json }),
    says: 'globalThis.JSON was replaced',
    isPolluted: () => globalThis.JSON !== json,
  },
  {
    what: 'a method of a global',
    pollute: () => (JSON.stringify = () => 'mine'),
    says: 'JSON.stringify was replaced',
    isPolluted: () => JSON.stringify({}) !== '{}',
  },
  {
    what: 'a static method',
    pollute: () => (Promise.all = () => Promise.reject(new Error('mine'))),
    says: 'Promise.all was replaced',
    isPolluted: () => Object.hasOwn(promise, 'all') && String(promise.all).includes('mine'),
  },
  {
    what: 'a replaced method of a prototype: their number stays the same',
    pollute: () => {
      Array.prototype.map = function mine(this: unknown[], ...args: Parameters<typeof map>) {
        return map.apply(this, args)
      } as typeof map
    },
    says: 'Array.prototype.map was replaced',
    isPolluted: () => Array.prototype.map !== map,
  },
  {
    what: 'a hidden addition to a prototype',
    pollute: () => Object.defineProperty(String.prototype, 'shout', { value: () => '!', configurable: true }),
    says: 'String.prototype.shout was added',
    isPolluted: () => 'shout' in String.prototype,
  },
  {
    what: 'a getter in the place of a method',
    pollute: () =>
      Object.defineProperty(Date.prototype, 'getYear', {
        configurable: true,
        get() {
          throw new Error('mine')
        },
      }),
    says: 'Date.prototype.getYear was replaced',
    isPolluted: () => Object.getOwnPropertyDescriptor(Date.prototype, 'getYear')?.get !== undefined,
  },
  {
    what: 'a getter that answers the same',
    pollute: () => {
      const { trim } = String.prototype
      Object.defineProperty(String.prototype, 'trim', { configurable: true, get: () => trim })
      Object.defineProperty(String.prototype, 'shown', { configurable: true, value: 1 })
    },
    says: 'String.prototype.trim was replaced',
    isPolluted: () => Object.getOwnPropertyDescriptor(String.prototype, 'trim')?.get !== undefined,
  },
  {
    what: 'a removed method',
    pollute: () => delete (Set.prototype as Partial<Set<unknown>>).union,
    says: 'Set.prototype.union was removed',
    isPolluted: () => !('union' in Set.prototype),
  },
  {
    what: 'another prototype',
    pollute: () => Object.setPrototypeOf(RangeError.prototype, Object.create(Error.prototype) as object),
    says: 'the prototype of RangeError.prototype was replaced',
    isPolluted: () => Object.getPrototypeOf(RangeError.prototype) !== Error.prototype,
  },
  {
    what: 'console',
    pollute: () => (console.log = () => {}),
    says: 'console.log was replaced',
    isPolluted: () => console.log !== log,
  },
  {
    what: 'a method of process',
    pollute: () => (process.cwd = () => '/elsewhere'),
    says: 'process.cwd was replaced',
    isPolluted: () => process.cwd() === '/elsewhere',
  },
  {
    what: 'Error.prepareStackTrace',
    pollute: () => (Error.stackTraceLimit = 0),
    says: 'Error.stackTraceLimit was replaced',
    isPolluted: () => Error.stackTraceLimit === 0,
  },
  {
    what: 'the working directory',
    pollute: () => process.chdir(tmpdir()),
    says: 'the working directory was changed',
    isPolluted: () => process.cwd() !== folder,
  },
  {
    what: 'the umask',
    pollute: () => process.umask(0o077),
    says: 'process.umask was changed',
    isPolluted: () => process.umask() !== mask,
  },
  {
    what: 'a listener',
    pollute: () => process.on('SIGUSR2', listener),
    says: 'a listener for "SIGUSR2" was added to process',
    isPolluted: () => process.listeners('SIGUSR2').includes(listener),
  },
  {
    what: 'a listener for once',
    pollute: () => process.once('exit', listener),
    says: 'a listener for "exit" was added to process',
    isPolluted: () => process.listeners('exit').includes(listener),
  },
  {
    what: 'a listener that was taken off',
    pollute: () => process.removeAllListeners('warning'),
    says: 'a listener for "warning" was taken off process',
    isPolluted: () => !process.listeners('warning').includes(onWarning),
  },
  {
    what: 'the exit code',
    pollute: () => (process.exitCode = 3),
    says: 'process.exitCode was changed',
    isPolluted: () => process.exitCode === 3,
  },
  {
    what: 'a watched object',
    pollute: () => Object.assign(settings, { tone: 'shrill', more: true }),
    says: 'settings.tone was replaced; settings.more was added',
    isPolluted: () => settings.tone !== 'calm',
  },
  {
    what: 'a watched table',
    pollute: () => table.set('one', 2).set('two', 2),
    says: 'what table holds was changed',
    isPolluted: () => table.get('one') !== 1 || table.size !== 1,
  },
]
