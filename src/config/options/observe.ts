import { defaults } from '../../base/defaults.ts'
import { type Option } from './option.ts'

/** What is told of all this. */
export const observeOptions = {
  logLevel: {
    kind: 'text',
    flag: 'log-level',
    argument: 'LEVEL',
    default: 'info',
    help: 'debug, info, warn, error or silent',
    allowed: 'debug, info, warn, error or silent',
  },
  logLevels: {
    kind: 'list',
    flag: 'log-levels',
    argument: 'NAME=LEVEL',
    help: 'another level for jobs of one definition; several times',
    allowed: 'a list of NAME=LEVEL, or in a file { name: level }',
  },
  logFormat: {
    kind: 'text',
    flag: 'log-format',
    argument: 'FORMAT',
    default: 'auto',
    help: 'json, text, or auto: text on a terminal',
    allowed: 'json, text or auto',
  },
  redact: {
    kind: 'list',
    flag: 'redact',
    argument: 'NAME',
    help: 'hide what stands under this key in inputs, logs and errors, beside passwords, tokens and the like; several times',
    allowed: 'a list of up to 256 names of keys with a letter or a digit in each, for example taxId',
  },
  history: {
    kind: 'switch',
    flag: 'history',
    help: 'write down what happens, minute by minute, for charts (by default where the store can)',
    helpOff: 'do not write down what happens, minute by minute, for charts',
    allowed: 'true or false',
  },
  otlp: {
    kind: 'text',
    flag: 'otlp',
    argument: 'URL',
    secret: true,
    help: 'send traces to an OpenTelemetry collector there',
    allowed: 'http:// or https:// and where OTLP/HTTP is served, for example http://127.0.0.1:4318',
  },
  traceMode: {
    kind: 'text',
    flag: 'trace-mode',
    argument: 'MODE',
    default: defaults.traceMode,
    help: 'parent: a job goes on with the trace that enqueued it; link: its own',
    allowed: 'parent or link',
  },
} as const satisfies Record<string, Option>
