import type { TraceMode } from '../base/tracing.ts'
import type { ContextProbe } from '../contract/context-probe.ts'
import type { Isolation } from '../contract/isolation.ts'
import type { TerminalState } from '../contract/job.ts'
import { clientOptions } from './options/client.ts'
import { httpOptions } from './options/http.ts'
import { observeOptions } from './options/observe.ts'
import type { Option } from './options/option.ts'
import { processOptions } from './options/process.ts'
import { alertOptions } from './options/alerts.ts'
import { storeOptions } from './options/store.ts'
import { workerOptions } from './options/worker.ts'

export type { Option, OptionKind } from './options/option.ts'

/**
 * Every option that a worker's process has. The names here are those of the config file; the variable is `FIBER_WORK_` and
 * the name in capitals without its unit (`graceMs`: `FIBER_WORK_GRACE`). Free of zod, so that `--help` is quick.
 */
export const options = {
  ...storeOptions,
  ...workerOptions,
  ...processOptions,
  ...httpOptions,
  ...observeOptions,
  ...alertOptions,
  ...clientOptions,
} as const satisfies Record<string, Option>

export type OptionName = keyof typeof options

export const optionNames = Object.keys(options) as OptionName[]

/** Those of a worker, without those of whoever asks one from outside. */
export const workOptionNames = optionNames.filter((name) => !Object.hasOwn(clientOptions, name))

/** `graceMs` → `FIBER_WORK_GRACE` */
export function variableOf(name: OptionName): string {
  return `FIBER_WORK_${name
    .replace(/Ms(?=$|Max$)/, '')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`
}

/** Keys in base64 by their ids, as text (`id:base64,id2:base64`, the current one first) or as an object. */
export type EncryptionSetting = string | { keys: Record<string, string>; current: string; refusePlain?: boolean }

/** What one queue may have of each worker process. */
export interface QueueShareSetting {
  concurrency?: number
  weight?: number
  /** With one of these the queue is given more or fewer slots by what waits in it. */
  min?: number
  max?: number
}

/** A token of the config file. */
export interface ConfiguredToken {
  name: string
  role: 'read' | 'enqueue' | 'operate' | 'admin'
  /** SHA-256 of the token, in hex. */
  sha256: string
  /** Only these queues; one that ends in `*` means all that begin so. */
  queues?: string[]
  /** Requests a second on average; 20,000 by default. */
  requestsPerSecond?: number
}

export type LogLevelSetting = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** What an option means once it has been checked; every one with a default has a value. */
export interface Settings {
  url: string
  drivers?: string[]
  ledger?: string
  jobs: string[]
  queues?: string[] | Record<string, QueueShareSetting>
  concurrency: number
  /** `auto`: as many as there are cores for this process. `processesOf` answers the number. */
  processes: number | 'auto'
  supervisor: boolean
  http?: string
  ui: boolean
  httpHosts?: string[]
  httpToken?: string
  behindProxy: boolean
  tlsCert?: string
  tlsKey?: string
  httpInsecure: boolean
  /** Tokens that open the HTTP API, each by its SHA-256: `printf %s "$TOKEN" | sha256sum`. Of the config file alone. */
  tokens?: ConfiguredToken[]
  control?: string
  watchConfig: boolean
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
  logLevel: LogLevelSetting
  logLevels?: string[] | Record<string, LogLevelSetting>
  logFormat: 'json' | 'text' | 'auto'
  encryptionKeys?: EncryptionSetting
  redact?: string[]
  history?: boolean
  alertWaitMs?: number | Record<string, number>
  alertWebhook?: string
  alertWebhookSecret?: string
  alertWebhookPrivate: boolean
  /** Of the config file: no flag could say it. */
  keep?: Record<string, QueueKeepSetting>
  otlp?: string
  traceMode: TraceMode
  /** The HTTP API that commands ask, instead of the store. */
  api?: string
  /** The token for it. */
  token?: string
}

/** How many settled jobs of a queue are kept and for how long, state by state; `false`: none. */
export type QueueKeepSetting = { [State in TerminalState]?: { count?: number; ageMs?: number } | false }

/** What `fiber-work.config.ts` exports by default: any of the settings. */
export interface Config extends Partial<Settings> {
  /** Clients of your own that `fiber-work doctor --context` is to look at. */
  contextProbes?: ContextProbe[]
}
