import { defaults } from '../base/defaults.ts'
import type { ContextProbe } from '../contract/context-probe.ts'
import type { Isolation } from '../contract/isolation.ts'

/** How a text from a flag or a variable becomes a value. */
export type OptionKind = 'text' | 'list' | 'count' | 'duration' | 'switch'

/** One option of the command line, in all its spellings. */
export interface Option {
  kind: OptionKind
  /** Without the dashes; a list may be given several times. */
  flag: string
  /** How the value is called in the help; a switch has none. */
  argument?: string
  /** One line of help. */
  help: string
  /** The line of `--no-…`, for a switch that is on by default. */
  helpOff?: string
  /** What is allowed, as an error message says it. */
  allowed: string
  default?: unknown
  /** Never shown in a message: it may hold a secret. */
  secret?: true
}

const duration = 'a duration (30s, 5m; milliseconds as a number in a file)'

/**
 * Every option that a worker's process has. The names here are those of the config file; the variable is `FIBER_WORK_` and
 * the name in capitals without its unit (`graceMs`: `FIBER_WORK_GRACE`). Free of zod, so that `--help` is quick.
 */
export const options = {
  url: {
    kind: 'text',
    flag: 'url',
    argument: 'URL',
    secret: true,
    default: 'sqlite:./fiber-work.db',
    help: 'the store',
    allowed: 'a store URL: sqlite:./jobs.db or memory:',
  },
  ledger: {
    kind: 'text',
    flag: 'ledger',
    argument: 'URL',
    secret: true,
    help: 'a store beside a broker, which keeps what the broker cannot (unique keys, results, limits)',
    allowed: 'the URL of a store that keeps records: redis://127.0.0.1 or sqlite:./ledger.db',
  },
  jobs: {
    kind: 'list',
    flag: 'jobs',
    argument: 'GLOB',
    default: ['./jobs/**/*.{ts,mts,cts,js,mjs,cjs}'],
    help: 'files with handlers, relative to the working folder; several times',
    allowed: 'a list of globs',
  },
  queues: {
    kind: 'list',
    flag: 'queue',
    argument: 'NAME',
    help: "work only this queue of the handlers'; several times",
    allowed: 'a list of queue names, or in a file { name: { concurrency?, weight? } }',
  },
  drivers: {
    kind: 'list',
    flag: 'driver',
    argument: 'FILE',
    help: 'a driver of your own for the store: a file, or an installed package; several times',
    allowed: 'a list of files and packages, each of which exports a driver ({ schemes, store }) by default',
  },
  concurrency: {
    kind: 'count',
    flag: 'concurrency',
    argument: 'N',
    default: defaults.concurrency,
    help: 'jobs at once in each process',
    allowed: 'an integer from 1 to 100000',
  },
  processes: {
    kind: 'count',
    flag: 'processes',
    argument: 'N',
    default: 1,
    help: 'worker processes',
    allowed: 'an integer from 1 to 256',
  },
  supervisor: {
    kind: 'switch',
    flag: 'supervisor',
    default: true,
    help: 'work in a process of its own, which is restarted when it crashes',
    helpOff: 'work in this very process, which nothing restarts',
    allowed: 'true or false',
  },
  http: {
    kind: 'text',
    flag: 'http',
    argument: 'ADDRESS',
    help: 'serve /healthz and /readyz there',
    allowed: 'HOST:PORT or PORT, for example 127.0.0.1:7077',
  },
  httpInsecure: {
    kind: 'switch',
    flag: 'http-insecure',
    default: false,
    help: 'allow --http on an address that others can reach',
    allowed: 'true or false',
  },
  dashboard: {
    kind: 'switch',
    flag: 'dashboard',
    default: false,
    help: 'show the worker on this terminal',
    allowed: 'true or false',
  },
  graceMs: {
    kind: 'duration',
    flag: 'grace',
    argument: 'TIME',
    default: defaults.graceMs,
    help: 'how long running jobs may take to end when the worker stops',
    allowed: `${duration} up to 1h`,
  },
  leaseMs: {
    kind: 'duration',
    flag: 'lease',
    argument: 'TIME',
    default: defaults.leaseMs,
    help: 'how soon the jobs of a dead worker run elsewhere',
    allowed: `${duration} from 100ms to 1h`,
  },
  stuckMs: {
    kind: 'duration',
    flag: 'stuck',
    argument: 'TIME',
    default: defaults.stuckMs,
    help: 'how long a handler may ignore its aborted signal',
    allowed: `${duration} from 1ms to 1d`,
  },
  beatMs: {
    kind: 'duration',
    flag: 'beat',
    argument: 'TIME',
    default: defaults.beatMs,
    help: 'how often cancellations and pauses are looked for',
    allowed: `${duration} from 10ms to 1m`,
  },
  isolation: {
    kind: 'text',
    flag: 'isolation',
    argument: 'LEVEL',
    default: defaults.isolation,
    help: 'watch what jobs do to the process: off, sample, warn or strict (one job at a time)',
    allowed: 'off, sample, warn or strict',
  },
  threads: {
    kind: 'count',
    flag: 'threads',
    argument: 'N',
    help: "threads for handlers with `lane: 'thread'`; one less than there are cores by default",
    allowed: 'an integer from 0 to 256; 0 runs them on the event loop',
  },
  bootCanary: {
    kind: 'switch',
    flag: 'boot-canary',
    default: true,
    help: 'look at the start whether promises, timers and events of this process keep their job',
    helpOff: 'do not look at the start whether promises, timers and events of this process keep their job',
    allowed: 'true or false',
  },
  guardian: {
    kind: 'switch',
    flag: 'guardian',
    default: true,
    help: 'renew the lease in a thread, which also names what blocks the event loop',
    helpOff: 'renew the lease on the event loop: a handler that blocks it for longer loses all jobs of its worker',
    allowed: 'true or false',
  },
  blockMsMax: {
    kind: 'duration',
    flag: 'block-max',
    argument: 'TIME',
    default: defaults.blockMsMax,
    help: 'report a handler that keeps the event loop for longer',
    allowed: `${duration} from 200ms to 1h`,
  },
  stallMsMax: {
    kind: 'duration',
    flag: 'stall-max',
    argument: 'TIME',
    default: defaults.stallMsMax,
    help: 'end a process whose event loop is blocked for longer (exit code 75)',
    allowed: `${duration} from 1s to 1d`,
  },
  startSliceMs: {
    kind: 'duration',
    flag: 'start-slice',
    argument: 'TIME',
    default: defaults.startSliceMs,
    help: 'start jobs for at most this long a turn of the event loop',
    allowed: `${duration} above 0ms, up to 1s`,
  },
  outbox: {
    kind: 'text',
    flag: 'outbox',
    argument: 'URL',
    secret: true,
    help: 'hand on the jobs that wait in the outbox of this database; true: of `Db`',
    allowed:
      'a database URL (postgres://user@host/database, mysql://…, sqlite:./app.db), or true for the database of `Db`',
  },
  bodyBytesMax: {
    kind: 'count',
    flag: 'body-bytes-max',
    argument: 'BYTES',
    default: defaults.bodyBytesMax,
    help: 'largest input of a job',
    allowed: 'an integer from 1 to 1073741824',
  },
  resultBytesMax: {
    kind: 'count',
    flag: 'result-bytes-max',
    argument: 'BYTES',
    default: defaults.resultBytesMax,
    help: 'larger results are dropped',
    allowed: 'an integer from 0 to 1073741824',
  },
  logLevel: {
    kind: 'text',
    flag: 'log-level',
    argument: 'LEVEL',
    default: 'info',
    help: 'debug, info, warn, error or silent',
    allowed: 'debug, info, warn, error or silent',
  },
  logFormat: {
    kind: 'text',
    flag: 'log-format',
    argument: 'FORMAT',
    default: 'auto',
    help: 'json, text, or auto: text on a terminal',
    allowed: 'json, text or auto',
  },
} as const satisfies Record<string, Option>

export type OptionName = keyof typeof options

export const optionNames = Object.keys(options) as OptionName[]

/** `graceMs` → `FIBER_WORK_GRACE` */
export function variableOf(name: OptionName): string {
  return `FIBER_WORK_${name
    .replace(/Ms(?=$|Max$)/, '')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`
}

/** What one queue may have of each worker process. */
export interface QueueShareSetting {
  concurrency?: number
  weight?: number
}

/** What an option means once it has been checked; every one with a default has a value. */
export interface Settings {
  url: string
  drivers?: string[]
  ledger?: string
  jobs: string[]
  queues?: string[] | Record<string, QueueShareSetting>
  concurrency: number
  processes: number
  supervisor: boolean
  http?: string
  httpInsecure: boolean
  dashboard: boolean
  graceMs: number
  leaseMs: number
  stuckMs: number
  beatMs: number
  isolation: Isolation
  threads?: number
  bootCanary: boolean
  guardian: boolean
  blockMsMax: number
  stallMsMax: number
  startSliceMs: number
  outbox?: string | boolean
  bodyBytesMax: number
  resultBytesMax: number
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  logFormat: 'json' | 'text' | 'auto'
}

/** What `fiber-work.config.ts` exports by default: any of the settings. */
export interface Config extends Partial<Settings> {
  /** Clients of your own that `fiber-work doctor --context` is to look at. */
  contextProbes?: ContextProbe[]
}
