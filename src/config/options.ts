import type { TraceMode } from '../base/tracing.ts'
import type { ContextProbe } from '../contract/context-probe.ts'
import type { Isolation } from '../contract/isolation.ts'
import { httpOptions } from './options/http.ts'
import { observeOptions } from './options/observe.ts'
import type { Option } from './options/option.ts'
import { processOptions } from './options/process.ts'
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

export type LogLevelSetting = 'debug' | 'info' | 'warn' | 'error' | 'silent'

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
  logLevel: LogLevelSetting
  logLevels?: string[] | Record<string, LogLevelSetting>
  logFormat: 'json' | 'text' | 'auto'
  otlp?: string
  traceMode: TraceMode
}

/** What `fiber-work.config.ts` exports by default: any of the settings. */
export interface Config extends Partial<Settings> {
  /** Clients of your own that `fiber-work doctor --context` is to look at. */
  contextProbes?: ContextProbe[]
}
