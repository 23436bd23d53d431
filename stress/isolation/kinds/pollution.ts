import { tmpdir } from 'node:os'
import { type Expected, type Kind, placed } from '../kind.ts'
import { Http } from '../../../src/index.ts'
import { moduleState } from '../module-state.ts'

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
/** So long the change stands beside others before the job ends. */
const standsMs = 40

/** Others see it in production, and the guard names the doer; strict mode fails the job and undoes the change. */
const guarded: { production: Expected; strict: Expected } = {
  production: { innocents: 'disturbed', named: ['job.polluted:exact'], ends: 'done' },
  strict: { innocents: 'nothing', named: ['job.polluted:exact', 'job.ended:FW_JOB_POLLUTED'], ends: 'dead' },
}
const answer = 'the guard tells who changed what; `strict` fails the job and puts it back'

/** A thread has its own. */
const ownInThread: Expected = { innocents: 'nothing', named: [], ends: 'done' }
/** A thread must not. */
const refusedInThread: Expected = { innocents: 'nothing', named: ['job.ended:dead'], ends: 'dead' }

/** A change that stands for a moment, and for ever if nobody undoes it. */
function change(name: string, about: string, make: () => string, thread = ownInThread): Kind {
  return {
    name,
    about,
    class: 'detected',
    ...guarded,
    thread,
    answer,
    early: true,
    async act({ did }) {
      try {
        did(make())
      } catch (error) {
        did(`refused: ${String(error)}`)
        throw error
      }
      await pause(standsMs)
    },
  }
}

const kinds: Kind[] = [
  change('env-write', 'writes `process.env`', () => (process.env['HOSTILE'] = 'yes')),
  change('env-delete', 'deletes from `process.env`', () => {
    const { HOME = 'none' } = process.env
    delete process.env['HOME']
    return `${HOME} is gone`
  }),
  change('timezone', 'changes the timezone', () => {
    process.env['TZ'] = 'Asia/Tokyo'
    return String(new Date(2026, 0, 1).getTimezoneOffset())
  }),
  change(
    'chdir',
    'calls `process.chdir()`',
    () => {
      process.chdir(tmpdir())
      return process.cwd()
    },
    refusedInThread,
  ),
  change('umask', 'calls `process.umask()`', () => String(process.umask(0o077)), refusedInThread),
  change('global-write', 'writes a global', () => {
    Object.assign(globalThis, { hostileGlobal: 1 })
    return 'written'
  }),
  change('global-replace', 'replaces `globalThis.fetch`', () => {
    const { fetch } = globalThis
    globalThis.fetch = async (...args) => fetch(...args)
    return 'replaced'
  }),
  change('prototype-add', 'adds a key to `Object.prototype`', () => {
    Object.defineProperty(Object.prototype, 'hostile', { value: 1, configurable: true, writable: true })
    return 'added'
  }),
  change('prototype-replace', 'replaces a method of `String.prototype`', () => {
    const { padStart } = String.prototype
    Object.defineProperty(String.prototype, 'padStart', {
      configurable: true,
      writable: true,
      value: function hostile(this: string, ...args: [number, string?]) {
        return padStart.apply(this, args)
      },
    })
    return 'replaced'
  }),
  change('proto-input', 'merges an input with `__proto__` into an object', () => {
    const merge = (into: Record<string, unknown>, from: Record<string, unknown>) => {
      for (const [key, value] of Object.entries(from)) {
        if (typeof value === 'object' && value !== null) merge(into[key] as never, value as never)
        else into[key] = value
      }
    }
    merge({}, JSON.parse('{"__proto__":{"isAdmin":"yes"}}') as Record<string, unknown>)
    return String(({} as { isAdmin?: string }).isAdmin)
  }),
  change('console-patch', 'replaces `console.log`', () => {
    const { log } = console
    console.log = (...args) => log('hostile', ...args)
    return 'replaced'
  }),
  change('date-patch', 'replaces `Date.now`', () => {
    const { now } = Date
    Date.now = () => now() + 1
    return 'replaced'
  }),
  change('process-listener', 'leaves a listener on `process`', () => {
    process.on('SIGUSR2', () => {})
    return String(process.listenerCount('SIGUSR2'))
  }),
  {
    ...change('env-write-later', 'writes `process.env` after an `await`', () => (process.env['HOSTILE'] = 'later')),
    production: { innocents: 'disturbed', named: ['job.polluted'], ends: 'done' },
    early: false,
    answer:
      'found at the next look, with the definitions that ran meanwhile; `strict` knows who it was, and puts it back',
  },
  change('facade-patch', 'replaces a method of a facade that is watched (`watch(Http)`)', () => {
    const { post } = Http
    const patched: typeof post = (url, options) => post.call(Http, url, { ...options, json: { tag: 'hostile' } })
    Object.assign(Http, { post: patched })
    return 'replaced'
  }),
  change('module-state', 'changes an object that a module keeps, and that is watched (`watch(object)`)', () => {
    moduleState.currency = 'CHF'
    moduleState.rates['USD'] = 0
    return moduleState.currency
  }),
]

export const pollutionKinds = placed(import.meta.filename, kinds)
